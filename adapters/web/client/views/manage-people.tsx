import { useSignal } from "@preact/signals";
import type { PersonRole } from "../../../../src/core/room/event.js";
import type { ParticipantView } from "../../../../src/core/room/view.js";
import type { RemovedPerson } from "../../../../src/protocol/people.js";
import { texts } from "../texts.js";
import { ArmedButton, Avatar, Plain, ProblemText } from "./basics.js";
import { InviteList, ManageInvites } from "./manage-invites.js";
import { type ManageContext, Part, useAction } from "./manage-part.js";
import { useRoom } from "./room-context.js";

const words = texts.manage;
const roles = Object.entries(words.roles) as [PersonRole, string][];

/** The people of the room with their roles, and the invites that let more in. */
export function ManagePeople({ context }: { context: ManageContext }) {
  const { state, may } = useRoom();
  const left = useSignal<{ name: string; answer: RemovedPerson } | undefined>(undefined);
  const people = state.participants.filter(({ kind }) => kind === "human");
  const isOnlyOwner = people.filter(({ role }) => role === "owner").length === 1;
  return (
    <>
      <Part heading={words.people}>
        {!may("configure") && <p class="hint">{words.peopleOwner}</p>}
        <ul class="manage-people">
          {people.map((person) => (
            <Person
              key={person.name}
              person={person}
              isFixed={!may("configure") || (isOnlyOwner && person.role === "owner")}
              context={context}
              onRemoved={(answer) => {
                left.value = { name: person.name, answer };
              }}
            />
          ))}
        </ul>
        {left.value && (left.value.answer.openInvites?.length ?? 0) > 0 && (
          <div class="left-open">
            <p>{words.leftOpen(left.value.name)}</p>
            <InviteList
              key={left.value.answer.version}
              invites={left.value.answer.openInvites ?? []}
              context={context}
            />
          </div>
        )}
      </Part>
      {may("invite") && <ManageInvites context={context} />}
    </>
  );
}

function Person({
  person,
  isFixed,
  context,
  onRemoved,
}: {
  person: ParticipantView;
  isFixed: boolean;
  context: ManageContext;
  onRemoved: (answer: RemovedPerson) => void;
}) {
  const { state, session, hue } = useRoom();
  const { name, displayName, role } = person;
  const picked = useSignal<string>(role);
  const { problem, run } = useAction(context.tell);
  const told = (removed: RemovedPerson) => words.personRemoved(name, removed.ended.invites, removed.ended.tokens);
  async function change(event: Event): Promise<void> {
    event.preventDefault();
    const to = picked.value as PersonRole;
    const changed = await run(session.api.changeRole(name, to), ({ endedInvites }) =>
      words.roleChanged(name, to, endedInvites),
    );
    if (!changed) picked.value = role;
  }
  async function remove(): Promise<void> {
    const answer = await run(session.api.removePerson(name), told);
    if (answer) onRemoved(answer);
  }
  return (
    <li>
      <Avatar name={name} kind="human" hue={hue(name)} size="small" />
      <span class="person-name">
        <strong>
          <Plain text={displayName} />
        </strong>{" "}
        <span class="muted">
          @{name}
          {name === state.me && `, ${words.you}`}
        </span>
      </span>
      {isFixed ? (
        <span class="person-role">{role}</span>
      ) : (
        <form class="person-role" onSubmit={change}>
          <select
            class="input"
            aria-label={words.roleOf(name)}
            value={picked.value}
            onChange={({ currentTarget }) => {
              picked.value = currentTarget.value;
            }}
          >
            {roles.map(([value, text]) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </select>
          {picked.value !== role && (
            <button class="button primary" type="submit" aria-label={words.changeRole(name)}>
              {words.change}
            </button>
          )}
        </form>
      )}
      {!isFixed && name !== state.me && (
        <ArmedButton label={words.remove(name)} sure={words.removeSure(name)} onClick={() => void remove()} />
      )}
      {problem.value !== "" && <ProblemText>{problem.value}</ProblemText>}
    </li>
  );
}
