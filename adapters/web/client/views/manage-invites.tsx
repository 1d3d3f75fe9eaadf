import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { InviteView } from "../../../../src/protocol/people.js";
import { texts } from "../texts.js";
import { shortTime } from "../time.js";
import { ProblemText } from "./basics.js";
import { type ManageContext, Part, useAction } from "./manage-part.js";
import { useRoom } from "./room-context.js";

const words = texts.manage;

/** Open invites, to revoke. They are read again when somebody comes, goes or gets another role. */
export function ManageInvites({ context }: { context: ManageContext }) {
  const { session, state } = useRoom();
  const invites = useSignal<readonly InviteView[] | undefined>(undefined);
  const people = state.participants.filter(({ kind }) => kind === "human");
  const known = people.map(({ name, role }) => `${name} ${role}`).join();
  useEffect(() => {
    void session.api.invites().then((answer) => {
      if (answer.ok) invites.value = answer.value.invites;
    });
  }, [session, known, invites]);
  return (
    <Part heading={words.invites}>
      {invites.value?.length === 0 && <p class="hint">{words.noInvites}</p>}
      {invites.value && <InviteList key={known} invites={invites.value} context={context} />}
    </Part>
  );
}

/** Invites with a button each; one that was revoked goes. */
export function InviteList({ invites, context }: { invites: readonly InviteView[]; context: ManageContext }) {
  const gone = useSignal<ReadonlySet<string>>(new Set());
  const onRevoked = (inviteId: string) => {
    gone.value = new Set([...gone.value, inviteId]);
  };
  return (
    <ul class="manage-list">
      {invites
        .filter(({ inviteId }) => !gone.value.has(inviteId))
        .map((invite) => (
          <Invite key={invite.inviteId} invite={invite} context={context} onRevoked={onRevoked} />
        ))}
    </ul>
  );
}

function Invite({
  invite: { inviteId, role, usesLeft, expiresAt, by },
  context,
  onRevoked,
}: {
  invite: InviteView;
  context: ManageContext;
  onRevoked: (inviteId: string) => void;
}) {
  const { session } = useRoom();
  const { problem, run } = useAction(context.tell);
  async function revoke(): Promise<void> {
    if (await run(session.api.revoke(inviteId), () => words.revoked)) onRevoked(inviteId);
  }
  return (
    <li>
      <span>{words.inviteLine(role, usesLeft, shortTime(expiresAt), by)}</span>
      <button class="button danger" type="button" onClick={() => void revoke()}>
        {words.revoke}
      </button>
      {problem.value !== "" && <ProblemText>{problem.value}</ProblemText>}
    </li>
  );
}
