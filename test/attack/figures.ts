/** Measurements of one run of the attack. Amounts in US dollars, times in milliseconds, sizes in bytes. */
export interface Figures {
  /** Largest amount by which the bill of one round exceeded its budget plus one reservation. */
  beyondBudgetUsd: number;
  /** Smallest share of a budget that honest calls could use, from 0 to 1; undefined without a round. */
  usefulShare: number | undefined;
  /** Number of honest and greedy rounds of calls that were evaluated. */
  rounds: { honest: number; greedy: number };
  /** Time from a message to its answer in a room that nobody attacks, before and during the attack. */
  foreign: { quiet: readonly number[]; attacked: readonly number[] };
  /** CPU time of the busiest Parley process on its event loop meanwhile: the work that the answer waited for, regardless of the machine's load. */
  busy: { quiet: readonly number[]; attacked: readonly number[] };
  /** Latency of an idle server on this machine meanwhile. */
  floor: { quiet: readonly number[]; attacked: readonly number[] };
  /** The largest resident size of a Parley process. */
  memoryBytes: number;
  /** Growth of the rooms' storage, and the growth that Parley's limits allow in that time. */
  diskBytes: number;
  diskAllowedBytes: number;
  /** Refusals, by attack and status. */
  refused: ReadonlyMap<string, number>;
  /** Allowed actions that worked, as positive controls: count by name. */
  controls: ReadonlyMap<string, number>;
  /** Acknowledged messages, and those of them that the log does not hold exactly once. */
  acknowledged: number;
  lost: number;
  /** Outputs in which a secret was seen. */
  secretsSeen: readonly string[];
  /** Number of texts searched for secrets. */
  facesRead: number;
  /** Requests that reached an address no agent may reach. */
  forbiddenReached: number;
  /** Every other violation, as a sentence. */
  wrong: readonly string[];
}

/** Evidence that a run has to contain. */
export interface Demands {
  /** Positive controls that must have worked. */
  controls: readonly string[];
  /** Kinds of refusals that must have occurred: an attack that is never refused did not attack. */
  refused: readonly string[];
  /** Whether the run had sandboxes, so that budgets must have been tried by honest and by greedy calls. */
  budgets: boolean;
}

/** Memory limit of a process in the compose file. */
export const mostMemoryBytes = 2 * 1_024 ** 3;
/**
 * Most event-loop work that an answer in another room may wait for, 99th percentile: processor time, which a busy machine does not change. A person takes an answer within
 * about 2 s for a pause, and later for a failure. Without their time limit, script rules took 66 s.
 */
const mostBusyMs = 2_000;
const leastUsefulShare = 0.9;
/** Tolerance for rounding in sums of prices. */
const roundingUsd = 1e-6;

/** The value at that share of the sorted samples; NaN if there are none. */
export function quantileOf(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** A sentence for each violation; empty if the installation held. */
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
    ...(demands.budgets && (figures.rounds.honest === 0 || figures.rounds.greedy === 0)
      ? [
          `${figures.rounds.honest} honest and ${figures.rounds.greedy} greedy rounds ended: nothing is shown of budgets`,
        ]
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

/** The figures as readable lines. */
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
