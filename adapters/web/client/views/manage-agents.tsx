import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { ParticipantView } from "../../../../src/core/room/view.js";
import type { AgentDetails } from "../../../../src/protocol/agents.js";
import type { AgentChoices } from "../agent-form.js";
import { readConfig, readRoles } from "../api.js";
import { problemText } from "../problem-text.js";
import { texts } from "../texts.js";
import { Avatar, Plain, ProblemText } from "./basics.js";
import { AgentFormView } from "./manage-agent-form.js";
import { ArmedAction, type ManageContext, Part } from "./manage-part.js";
import { useRoom } from "./room-context.js";

const words = texts.manage;

/** The agents of the room, each with its settings, and a form for one more. */
export function ManageAgents({ context }: { context: ManageContext }) {
  const { state } = useRoom();
  const choices = useChoices();
  const agents = state.participants.filter(({ kind }) => kind === "agent");
  return (
    <Part heading={words.agents}>
      {agents.length === 0 && <p class="hint">{words.noAgents}</p>}
      <div class="manage-agents">
        {agents.map((agent) => (
          <AgentEntry key={agent.name} agent={agent} choices={choices} context={context} />
        ))}
        <AddAgent choices={choices} context={context} />
      </div>
    </Part>
  );
}

function useChoices(): Signal<AgentChoices> {
  const choices = useSignal<AgentChoices>({ roles: [], runtimes: [] });
  useEffect(() => {
    void readRoles().then((answer) => {
      if (answer.ok) choices.value = { ...choices.value, roles: answer.value.roles };
    });
    void readConfig().then((answer) => {
      if (answer.ok) choices.value = { ...choices.value, runtimes: answer.value.runtimes ?? [] };
    });
  }, [choices]);
  return choices;
}

interface EntryProps {
  choices: Signal<AgentChoices>;
  context: ManageContext;
}

/** One line that opens. Its settings are read when it is opened for the first time, and stay as they are typed. */
function AgentEntry({ agent, choices, context }: EntryProps & { agent: ParticipantView }) {
  const { hue, session } = useRoom();
  const { name, role, runtime, model } = agent;
  const settings = useSignal<AgentDetails | undefined>(undefined);
  const problem = useSignal("");
  const facts = [...new Set([role, runtime, model])].filter((fact) => fact !== undefined && fact !== name);
  async function load(): Promise<void> {
    const answer = await session.api.agentDetails(name);
    problem.value = answer.ok ? "" : problemText(answer.problem);
    if (answer.ok) settings.value = answer.value;
  }
  return (
    <details onToggle={({ currentTarget }) => currentTarget.open && !settings.value && void load()}>
      <summary>
        <Avatar name={name} kind="agent" hue={hue(name)} size="small" />
        <strong>{name}</strong>
        <span class="muted agent-facts">
          <Plain text={facts.join(", ")} />
        </span>
      </summary>
      {problem.value !== "" && <ProblemText>{problem.value}</ProblemText>}
      {settings.value === undefined && problem.value === "" && <p class="hint">{words.loading}</p>}
      {settings.value && (
        <AgentFormView
          key={settings.value.name}
          settings={settings.value}
          choices={choices.value}
          context={context}
          onSaved={load}
        />
      )}
      <div class="agent-actions">
        <ArmedAction
          label={words.fresh}
          sure={words.freshSure(name)}
          done={words.freshDone(name)}
          tell={context.tell}
          act={() => session.api.fresh(name)}
        />
        <ArmedAction
          label={words.remove(name)}
          sure={words.removeSure(name)}
          done={words.removed(name)}
          tell={context.tell}
          act={() => session.api.removeAgent(name)}
        />
      </div>
    </details>
  );
}

function AddAgent({ choices, context }: EntryProps) {
  const added = useSignal(0);
  return (
    <details class="add-agent">
      <summary>
        <strong>{words.addAgent}</strong>
      </summary>
      <AgentFormView
        key={added.value}
        settings={undefined}
        choices={choices.value}
        context={context}
        onSaved={() => {
          added.value += 1;
        }}
      />
    </details>
  );
}
