import { useSignal } from "@preact/signals";
import { texts } from "../texts.js";
import { ArmedButton } from "./basics.js";
import { type Act, Part } from "./manage-part.js";
import { AgentSettingsForm } from "./manage-settings.js";
import { useRoom } from "./room-context.js";

const words = texts.manage;

export function ManageAgents({ act }: { act: Act }) {
  const { state, session } = useRoom();
  const agents = state.participants.filter(({ kind }) => kind === "agent");
  return (
    <Part heading={words.agents}>
      <ul class="manage-list">
        {agents.map(({ name, role }) => (
          <li key={name}>
            <span>
              <strong>{name}</strong> {role !== name && <span class="muted">{role}</span>}
            </span>
            <ArmedButton
              label={words.fresh}
              sure={words.freshSure(name)}
              onClick={() => void act(session.api.fresh(name), words.freshDone(name))}
            />
            <ArmedButton
              label={words.remove(name)}
              sure={words.removeSure(name)}
              onClick={() => void act(session.api.removeAgent(name), words.removed(name))}
            />
            <AgentSettingsForm name={name} act={act} />
          </li>
        ))}
      </ul>
      <AddAgent act={act} />
    </Part>
  );
}

function AddAgent({ act }: { act: Act }) {
  const { session } = useRoom();
  const name = useSignal("");
  const role = useSignal("");
  const gate = useSignal("never");
  const first = useSignal("");
  async function add(event: Event): Promise<void> {
    event.preventDefault();
    const agent = {
      name: name.value.trim(),
      gate: gate.value,
      ...(role.value.trim() !== "" && { role: role.value.trim() }),
      ...(first.value.trim() !== "" && { initialPrompt: first.value }),
    };
    if (agent.name === "" || !(await act(session.api.addAgent(agent), words.added(agent.name)))) return;
    name.value = "";
    role.value = "";
    first.value = "";
  }
  return (
    <form class="fields" onSubmit={add}>
      <label>
        {words.agentName}
        <input
          class="input"
          required
          maxLength={40}
          value={name.value}
          onInput={({ currentTarget }) => (name.value = currentTarget.value)}
        />
      </label>
      <label>
        {words.agentRole}
        <input
          class="input"
          list="roles"
          maxLength={40}
          value={role.value}
          onInput={({ currentTarget }) => (role.value = currentTarget.value)}
        />
      </label>
      <label>
        {words.agentGate}
        <select class="input" value={gate.value} onChange={({ currentTarget }) => (gate.value = currentTarget.value)}>
          {Object.entries(words.gates).map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      </label>
      <label>
        {words.initialPrompt}
        <textarea
          class="input"
          rows={2}
          value={first.value}
          onInput={({ currentTarget }) => (first.value = currentTarget.value)}
        />
      </label>
      <button class="button primary" type="submit">
        {words.addAgent}
      </button>
    </form>
  );
}
