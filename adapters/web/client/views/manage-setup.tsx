import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { SetupFileView } from "../../../../src/protocol/setups.js";
import { problemText } from "../problem-text.js";
import { openSetupChoice, setupDecision, type TickedSetup, withTick } from "../setup-choice.js";
import { texts } from "../texts.js";
import { Plain, ProblemText, Scrollable, Wary } from "./basics.js";
import { type ManageContext, Part } from "./manage-part.js";
import { useRoom } from "./room-context.js";

const words = texts.setup;

/** What the room's repository sets up for agents, with all of its text; an owner ticks what they use. */
export function ManageSetup({ context }: { context: ManageContext }) {
  const { session } = useRoom();
  const choice = useSignal<TickedSetup | undefined>(undefined);
  const problem = useSignal("");
  const load = async () => {
    const answer = await session.api.setup();
    if (answer.ok) choice.value = openSetupChoice(answer.value);
    else problem.value = problemText(answer.problem);
  };
  useEffect(() => void load(), [session]);

  async function save(event: Event): Promise<void> {
    event.preventDefault();
    if (!choice.value) return;
    problem.value = "";
    const answer = await session.api.decideSetup(setupDecision(choice.value));
    await load();
    if (answer.ok) context.tell(words.saved);
    else problem.value = answer.problem.code === "setup_changed" ? words.changed : problemText(answer.problem);
  }

  const shown = choice.value;
  // Most rooms have none.
  if (!shown && problem.value === "") return null;
  return (
    <Part heading={words.heading}>
      <p class="hint">{words.hint}</p>
      {problem.value !== "" && <ProblemText>{problem.value}</ProblemText>}
      {shown && (
        <form onSubmit={save}>
          {shown.offered.isOpen && (
            <p class="hint">
              {words.open} {shown.usedNow > 0 && words.stillUsed(shown.usedNow)}
            </p>
          )}
          <ul class="setup-files">
            {shown.offered.files.map((file) => (
              <SetupFile
                key={file.path}
                file={file}
                isTicked={shown.ticked.has(file.path)}
                onTick={(isTicked) => {
                  choice.value = withTick(shown, file.path, isTicked);
                }}
              />
            ))}
          </ul>
          {shown.offered.refused.map(({ path, why }) => (
            <p class="hint" key={`${path} ${why}`}>
              <Plain text={words.refused(path, why)} />
            </p>
          ))}
          <button class="button primary" type="submit">
            {words.save(shown.ticked.size)}
          </button>
        </form>
      )}
    </Part>
  );
}

function SetupFile({
  file: { path, kind, text, used },
  isTicked,
  onTick,
}: {
  file: SetupFileView;
  isTicked: boolean;
  onTick: (isTicked: boolean) => void;
}) {
  return (
    <li>
      <label>
        <input
          type="checkbox"
          checked={isTicked}
          disabled={text === undefined}
          onChange={({ currentTarget }) => onTick(currentTarget.checked)}
        />{" "}
        <Plain text={path} />
      </label>
      <p class="hint">
        {words.kinds[kind] ?? kind}
        {used && `, ${words.used}`}
      </p>
      {text === undefined ? (
        <p class="hint">{words.gone}</p>
      ) : (
        <Scrollable class="gate-text" label={words.textOf(path)} dir="ltr">
          <Wary text={text} />
        </Scrollable>
      )}
    </li>
  );
}
