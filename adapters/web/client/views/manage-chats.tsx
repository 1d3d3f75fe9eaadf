import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { MirrorView } from "../../../../src/protocol/rooms.js";
import { texts } from "../texts.js";
import { Plain, ProblemText } from "./basics.js";
import { type ManageContext, Part, useAction } from "./manage-part.js";
import { useRoom } from "./room-context.js";

const words = texts.manage;
const chatCodeSeconds = 3_600;

/** Where the room is shown, and a command that shows it in one more thread. For installations that have chats. */
export function ManageChats({ context, platforms }: { context: ManageContext; platforms: readonly string[] }) {
  const { session } = useRoom();
  const command = useSignal("");
  const mirrors = useSignal<readonly MirrorView[]>([]);
  const { problem, run } = useAction(context.tell);
  useEffect(() => {
    void session.api.room().then((answer) => {
      if (answer.ok) mirrors.value = answer.value.mirrors;
    });
  }, [session, mirrors]);
  async function make(): Promise<void> {
    const asked = session.api.invite({ role: "approver", expiresInSeconds: chatCodeSeconds, maxUses: 1 });
    const made = await run(asked, () => "");
    if (made) command.value = `/room attach ${made.code}`;
  }
  const named = platforms.map((platform) => words.platforms[platform] ?? platform);
  return (
    <>
      {mirrors.value.length > 0 && (
        <Part heading={words.shownIn}>
          <ul class="manage-list">
            {mirrors.value.map(({ mirrorId, platform, channel }) => (
              <li key={mirrorId}>
                <Plain text={words.mirrorLine(words.platforms[platform] ?? platform, channel)} />
              </li>
            ))}
          </ul>
        </Part>
      )}
      <Part heading={words.chats}>
        <p class="hint">{words.chatHint(named.join(" or "))}</p>
        {problem.value !== "" && <ProblemText>{problem.value}</ProblemText>}
        {command.value === "" ? (
          <button class="button" type="button" onClick={() => void make()}>
            {words.chatMake}
          </button>
        ) : (
          <input
            class="input code-input"
            readOnly
            aria-label={words.chatCommand}
            value={command.value}
            onFocus={({ currentTarget }) => currentTarget.select()}
          />
        )}
      </Part>
    </>
  );
}
