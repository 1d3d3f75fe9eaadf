import { texts } from "../texts.js";
import { ArmedAction, type ManageContext, Part } from "./manage-part.js";
import { useRoom } from "./room-context.js";

const words = texts.manage;

/** The room as a whole: its copies, and its end. */
export function ManageRoom({ context }: { context: ManageContext }) {
  const { session, may } = useRoom();
  return (
    <>
      <Part heading={words.export}>
        <div class="gate-buttons">
          <a class="button" href={session.api.exportUrl("md")} download>
            {words.exportMd}
          </a>
          <a class="button" href={session.api.exportUrl("jsonl")} download>
            {words.exportJsonl}
          </a>
        </div>
      </Part>
      {may("close") && (
        <Part heading={words.closeRoom}>
          <p class="hint">{words.closeHint}</p>
          <ArmedAction
            label={words.closeRoom}
            sure={words.closeSure}
            done={words.closed}
            tell={context.tell}
            act={() => session.api.command("close")}
          />
        </Part>
      )}
    </>
  );
}
