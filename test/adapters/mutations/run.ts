import type { Inbound } from "../../../src/ports/chat-inbound.js";
import { seededRandom } from "../../support/seeded-random.js";
import { type Json, mutateAt, type Path, pathsOf, pick } from "./mutate.js";

/** A payload of a platform, and what of it has to arrive whatever else is odd. */
export interface SamplePayload {
  name: string;
  payload: Json;
  /** Places, joined by dots, that the platform always fills. What stands in them, below and above is changed too, but then nothing has to arrive. */
  essential: readonly string[];
  /** Stands in the text, the button or the form that arrives. */
  marker: string;
}

/** An adapter that takes payloads as the platform delivers them. */
export interface MutationTarget {
  platform: string;
  samples: readonly SamplePayload[];
  /** Settles when the payload was dealt with. Gives why the platform would take that for a failure: a status of 5xx, an error that was thrown. */
  take(sample: SamplePayload, payload: Json): Promise<string | undefined>;
  /** Everything that arrived since the last call. */
  arrived(): Inbound[];
  /** Ends what watches the process. */
  stop?(): void;
}

/** Counts of a run. `lost`: something optional was odd, and the words of a person did not arrive. */
export interface MutationCounts {
  runs: number;
  optional: number;
  failed: number;
  lost: number;
  /** Untouched payloads between that did not arrive. */
  deaf: number;
  /** The first ten of what went wrong. */
  examples: string[];
}

const controlEvery = 50;
const mostChanges = 3;
const optionalShare = 0.7;

/** Sends mutated payloads, each derived from the seed. */
export async function runMutations(
  target: MutationTarget,
  { runs, seed }: { runs: number; seed: number },
): Promise<MutationCounts> {
  const random = seededRandom(seed);
  const counts: MutationCounts = { runs: 0, optional: 0, failed: 0, lost: 0, deaf: 0, examples: [] };
  const tell = (what: string, name: string, payload: Json) => {
    if (counts.examples.length < 10)
      counts.examples.push(`${what}: ${name} ${JSON.stringify(payload)?.slice(0, 1_500)}`);
  };
  for (; counts.runs < runs; counts.runs += 1) {
    const sample = pick(target.samples, random);
    const isOptional = random() < optionalShare;
    const payload = mutated(sample, { isOptional, random });
    const failure = await target.take(sample, payload);
    const hasArrived = target.arrived().some((inbound) => JSON.stringify(inbound.action).includes(sample.marker));
    if (isOptional) counts.optional += 1;
    if (failure !== undefined) {
      counts.failed += 1;
      tell(failure, sample.name, payload);
    } else if (isOptional && !hasArrived) {
      counts.lost += 1;
      tell("lost", sample.name, payload);
    }
    if (counts.runs % controlEvery === 0 && !(await isHeard(target, sample))) counts.deaf += 1;
  }
  return counts;
}

async function isHeard(target: MutationTarget, sample: SamplePayload): Promise<boolean> {
  await target.take(sample, structuredClone(sample.payload));
  return target.arrived().some((inbound) => JSON.stringify(inbound.action).includes(sample.marker));
}

function mutated(sample: SamplePayload, given: { isOptional: boolean; random: () => number }): Json {
  const { isOptional, random } = given;
  let payload = sample.payload;
  for (let left = 1 + Math.floor(random() * mostChanges); left > 0; left -= 1) {
    const paths = pathsOf(payload).filter((path) => !isOptional || !touches(path, sample.essential));
    if (paths.length > 0) payload = mutateAt(payload, pick(paths, random), random);
  }
  return payload;
}

function touches(path: Path, essential: readonly string[]): boolean {
  const own = path.join(".");
  return essential.some((one) => one === own || one.startsWith(`${own}.`) || own.startsWith(`${one}.`));
}
