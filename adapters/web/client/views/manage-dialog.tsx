import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { problemText } from "../problem-text.js";
import { texts } from "../texts.js";
import { ArmedButton, DialogBar, ProblemText } from "./basics.js";
import { ManageAgents } from "./manage-agents.js";
import { ManageInvites } from "./manage-invites.js";
import { type Act, Part } from "./manage-part.js";
import { ManageRules } from "./manage-rules.js";
import { ManageSetup } from "./manage-setup.js";
import { useRoom } from "./room-context.js";

const words = texts.manage;

/** All settings that change the room itself. */
export function ManageDialog({ onClose }: { onClose: () => void }) {
  const { may } = useRoom();
  const dialog = useRef<HTMLDialogElement>(null);
  const problem = useSignal("");
  const done = useSignal("");
  useEffect(() => dialog.current?.showModal(), []);
  const act: Act = async (doing, sentence) => {
    const result = await doing;
    problem.value = result.ok ? "" : problemText(result.problem);
    done.value = result.ok ? sentence : "";
    return result.ok;
  };
  return (
    <dialog class="dialog dialog-wide" ref={dialog} aria-labelledby="manage-heading" onClose={onClose}>
      <DialogBar
        id="manage-heading"
        heading={words.heading}
        close={words.close}
        onClose={() => dialog.current?.close()}
      />
      {problem.value !== "" && <ProblemText>{problem.value}</ProblemText>}
      <p class="hint" role="status">
        {done.value}
      </p>
      <ManageAgents act={act} />
      <ManageInvites act={act} />
      <ManageRules act={act} />
      {may("configure") && <ManageSetup act={act} />}
      <Export />
      {may("close") && <CloseRoom act={act} />}
    </dialog>
  );
}

function Export() {
  const { session } = useRoom();
  return (
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
  );
}

function CloseRoom({ act }: { act: Act }) {
  const { session } = useRoom();
  return (
    <Part heading={words.closeRoom}>
      <p class="hint">{words.closeHint}</p>
      <ArmedButton
        label={words.closeRoom}
        sure={words.closeSure}
        onClick={() => void act(session.api.command("close"), words.closed)}
      />
    </Part>
  );
}
