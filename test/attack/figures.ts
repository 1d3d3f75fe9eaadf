/** What one run of the attack measured. Amounts in US dollars, times in milliseconds, sizes in bytes. */
export interface Figures {
  /** The most that one round of calls was billed upstream beyond its budget and one reservation. */
  beyondBudgetUsd: number;
  /** The smallest share of a budget that honest calls under it could use, from 0 to 1; undefined: there was no round. */
  usefulShare: number | undefined;
  /** Rounds of calls against a budget that were judged: honest, and greedy. */
  rounds: { honest: number; greedy: number };
  /** From a message to the answer in a room that nobody attacks, before and during the attack. */
  foreign: { quiet: readonly number[]; attacked: readonly number[] };
  /** Processor time that the busiest Parley process spent on anything meanwhile, on its event loop: what the answer had to wait for, whatever else the machine does. */
  busy: { quiet: readonly number[]; attacked: readonly number[] };
  /** How late a process that does nothing is served on this machine meanwhile. */
  floor: { quiet: readonly number[]; attacked: readonly number[] };
  /** The largest resident size of a Parley process. */
  memoryBytes: number;
  /** Growth of what the rooms are kept in, and what the limits of Parley allow in that time. */
  diskBytes: number;
  diskAllowedBytes: number;
  /** Answers that refuse, by attack and status. */
  refused: ReadonlyMap<string, number>;
  /** Attacks that were allowed where they must be: by name, how often. */
  controls: ReadonlyMap<string, number>;
  /** Messages that were acknowledged, and those that the log does not have exactly once. */
  acknowledged: number;
  lost: number;
  /** Faces on which a secret was seen. */
  secretsSeen: readonly string[];
  /** Texts that were looked through for secrets. */
  facesRead: number;
  /** Requests that reached an address no agent may reach. */
  forbiddenReached: number;
  /** Whatever else was not as it must be, in words. */
  wrong: readonly string[];
}

/** What a run has to show. */
export interface Demands {
  /** Positive controls that have to have happened. */
  controls: readonly string[];
  /** Kinds of refusals that have to have happened: an attack that is never refused did not attack. */
  refused: readonly string[];
}

/** The compose file gives a process this much. */
export const mostMemoryBytes = 2 * 1_024 ** 3;
/** Work on the event loop that an answer in a foreign room may have to wait for, at the 99th percentile: rules of a script that had no time limit took 66 s. */
const mostBusyMs = 10_000;
const leastUsefulShare = 0.9;
/** Sums of prices are not exact. */
const roundingUsd = 1e-6;

/** The value at that share of the sorted samples; NaN without any. */
export function quantileOf(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Sentences about everything that must not be; empty: the installation held. */
export function brokenBy(figures: Figures, demands: Demands): string[] {
  const { foreign, busy, usefulShare, secretsSeen, wrong } = figures;
  const stallMs = quantileOf(busy.attacked, 0.99);
  return [
    ...(figures.beyondBudgetUsd > roundingUsd
      ? [`a budget was passed by $${figures.beyondBudgetUsd.toFixed(4)} more than one reservation`]
      : []),
    ...(usefulShare !== undefined && usefulShare < leastUsefulShare
      ? [`honest calls could use ${percent(usefulShare)} of a budget`]
      : []),
    ...(stallMs > mostBusyMs
      ? [`a room that nobody attacked waited for ${ms(stallMs)} of other work (p99, at most ${ms(mostBusyMs)})`]
      : []),
    ...(foreign.attacked.length === 0 ? ["the room that nobody attacked answered nothing"] : []),
    ...(figures.memoryBytes > mostMemoryBytes ? [`a process took ${mb(figures.memoryBytes)} of memory`] : []),
    ...(figures.diskBytes > figures.diskAllowedBytes
      ? [`${mb(figures.diskBytes)} were stored where the limits allow ${mb(figures.diskAllowedBytes)}`]
      : []),
    ...(figures.lost > 0 ? [`${figures.lost} acknowledged messages are not in the log exactly once`] : []),
    ...secretsSeen.map((face) => `a secret was seen: ${face}`),
    ...(figures.forbiddenReached > 0 ? [`${figures.forbiddenReached} requests reached a forbidden address`] : []),
    ...demands.controls
      .filter((name) => !figures.controls.has(name))
      .map((name) => `the positive control "${name}" never worked`),
    ...demands.refused
      .filter((kind) => ![...figures.refused.keys()].some((key) => key.startsWith(kind)))
      .map((kind) => `nothing was refused for "${kind}": it did not attack`),
    ...wrong,
  ];
}

/** The figures as lines for people. */
export function linesOf(figures: Figures): string[] {
  const { foreign, busy, floor, rounds } = figures;
  const both = (samples: readonly number[]) =>
    `p50 ${ms(quantileOf(samples, 0.5))}, p99 ${ms(quantileOf(samples, 0.99))}, ${samples.length} samples`;
  const factor = quantileOf(foreign.attacked, 0.99) / quantileOf(foreign.quiet, 0.99);
  const useful = figures.usefulShare === undefined ? "no round" : percent(figures.usefulShare);
  const counted = (counts: ReadonlyMap<string, number>) =>
    [...counts].sort(([a], [b]) => a.localeCompare(b)).map(([name, count]) => `  ${name}: ${count}`);
  return [
    `spend beyond budget + one reservation: $${Math.max(0, figures.beyondBudgetUsd).toFixed(4)} (${rounds.greedy} greedy rounds, ${rounds.honest} honest ones)`,
    `useful work under budget, the worst round: ${useful} (aim at least 90 %)`,
    `foreign room in quiet: ${both(foreign.quiet)}`,
    `foreign room under attack: ${both(foreign.attacked)}: ${factor.toFixed(2)}x (aim 2x on an idle machine)`,
    `work of Parley that its answer waited for: in quiet ${both(busy.quiet)}; under attack ${both(busy.attacked)} (at most ${ms(mostBusyMs)})`,
    `an idle process of this machine: in quiet ${both(floor.quiet)}; under attack ${both(floor.attacked)}`,
    `memory, the largest process: ${mb(figures.memoryBytes)} (at most ${mb(mostMemoryBytes)})`,
    `disk: ${mb(figures.diskBytes)} more (the limits allow ${mb(figures.diskAllowedBytes)})`,
    `acknowledged messages: ${figures.acknowledged}, lost ${figures.lost}`,
    `secrets seen: ${figures.secretsSeen.length} (${figures.facesRead} texts looked through)`,
    `requests that reached a forbidden address: ${figures.forbiddenReached}`,
    "refused:",
    ...counted(figures.refused),
    "allowed, as it must be:",
    ...counted(figures.controls),
  ];
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const mb = (bytes: number): string => `${(bytes / 1_024 ** 2).toFixed(1)} MB`;
const ms = (value: number): string => `${value.toFixed(1)} ms`;
