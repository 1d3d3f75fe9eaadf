import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { InviteView } from "../../../../src/protocol/people.js";
import { texts } from "../texts.js";
import { shortTime } from "../time.js";
import { type Act, Part } from "./manage-part.js";
import { useRoom } from "./room-context.js";

const words = texts.manage;
const chatCodeSeconds = 3_600;

/** Lists open invites to revoke, and makes a code that connects a thread to the room. */
export function ManageInvites({ act }: { act: Act }) {
  const { session } = useRoom();
  const invites = useSignal<readonly InviteView[] | undefined>(undefined);
  const command = useSignal("");
  const load = async () => {
    const answer = await session.api.invites();
    if (answer.ok) invites.value = answer.value.invites;
  };
  useEffect(() => void load(), []);

  async function revoke(inviteId: string): Promise<void> {
    if (await act(session.api.revoke(inviteId), words.revoked)) await load();
  }

  async function make(): Promise<void> {
    const made = session.api.invite({ role: "approver", expiresInSeconds: chatCodeSeconds, maxUses: 1 });
    if (!(await act(made, ""))) return;
    const answer = await made;
    command.value = answer.ok ? `/room attach ${answer.value.code}` : "";
    await load();
  }

  return (
    <>
      <Part heading={words.invites}>
        {invites.value?.length === 0 && <p class="hint">{words.noInvites}</p>}
        <ul class="manage-list">
          {invites.value?.map(({ inviteId, role, usesLeft, expiresAt, by }) => (
            <li key={inviteId}>
              <span>{words.inviteLine(role, usesLeft, shortTime(expiresAt), by)}</span>
              <button class="button danger" type="button" onClick={() => void revoke(inviteId)}>
                {words.revoke}
              </button>
            </li>
          ))}
        </ul>
      </Part>
      <Part heading={words.chat}>
        <p class="hint">{words.chatHint}</p>
        {command.value === "" ? (
          <button class="button" type="button" onClick={() => void make()}>
            {words.chatMake}
          </button>
        ) : (
          <input
            class="input code-input"
            readOnly
            aria-label={words.chat}
            value={command.value}
            onFocus={({ currentTarget }) => currentTarget.select()}
          />
        )}
      </Part>
    </>
  );
}
