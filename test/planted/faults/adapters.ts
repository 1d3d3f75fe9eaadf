import type { PlantedFault } from "../fault.js";

const of = (adapter: string, name: string) => `test/adapters/${adapter}/${name}.test.ts`;

/** Faults in stores, in sandboxes, and in the proxies between sandboxes and the outside. */
export const adapterFaults: readonly PlantedFault[] = [
  {
    id: "only-the-first-ref-of-a-push-is-checked",
    file: "adapters/git-http/push-commands.ts",
    find: "const other = updates.find(({ ref }) => !isBranchIn(folder, ref));",
    replace: "const other = updates.slice(0, 1).find(({ ref }) => !isBranchIn(folder, ref));",
    tests: [of("git-http", "pushes")],
  },
  {
    id: "an-agent-deletes-a-branch-that-a-person-allowed",
    file: "adapters/git-http/approved-branches.ts",
    find: "const deleted = guarded.find(({ after }) => after === undefined);",
    replace: "const deleted = guarded.find(({ after }) => after === null);",
    tests: [of("git-http", "pushes")],
  },
  {
    id: "the-own-public-address-of-the-host-may-be-dialled",
    file: "adapters/kit/public-addresses.ts",
    find: "  if (isOwn(address, interfaces())) return true;\n",
    replace: "",
    tests: [of("kit", "public-addresses")],
  },
  {
    id: "a-name-that-leads-inside-is-dialled",
    file: "adapters/egress/dial.ts",
    find: "    .filter((address) => !options.isForbidden(address))\n",
    replace: "",
    tests: [of("egress", "tunnel")],
  },
  {
    id: "a-request-with-two-host-headers-is-forwarded",
    file: "adapters/egress/forward.ts",
    find: "hosts.length === 1 && (known",
    replace: "(known",
    tests: [of("egress", "forward")],
  },
  {
    id: "a-mount-beyond-those-ordered-is-not-noticed",
    file: "adapters/docker/isolation-checks.ts",
    find: "...extra.map(",
    replace: "...extra.slice(extra.length).map(",
    tests: [of("docker", "isolation-checks")],
  },
  {
    id: "a-privileged-container-is-not-noticed",
    file: "adapters/docker/isolation-checks.ts",
    find: "host.Privileged === false",
    replace: "host.Privileged !== undefined",
    tests: [of("docker", "isolation-checks")],
  },
  {
    id: "a-group-of-writes-has-any-number-of-bytes",
    file: "adapters/lmdb/group-writer.ts",
    find: " || bytes > maxGroupBytes)",
    replace: ")",
    tests: [of("lmdb", "event-log"), of("lmdb", "failed-write")],
  },
  {
    id: "a-log-that-another-process-took-over-is-written-on",
    file: "adapters/lmdb/group-writer.ts",
    find: "if (!isOwner) {",
    replace: "if (isOwner === undefined) {",
    tests: [of("lmdb", "owner")],
  },
  {
    id: "an-append-that-stands-already-is-a-conflict",
    file: "adapters/lmdb/event-log.ts",
    find: '    if (stands(stream, commits)) return { committed: () => ({ kind: "appended" }) };\n',
    replace: "",
    tests: [of("lmdb", "event-log")],
  },
  {
    id: "a-file-that-was-put-again-is-removed",
    file: "adapters/files/blobs.ts",
    find: "if (!there || there.atMs >= putBeforeMs) return false;",
    replace: "if (!there) return false;",
    tests: [of("files", "blobs")],
  },
  {
    id: "a-lease-that-was-lost-and-taken-again-passes-for-unbroken",
    file: "adapters/redis/leases.ts",
    find: "before && wasValid && hadIt === 1 ?",
    replace: "before ?",
    tests: [of("redis", "leases")],
  },
  {
    id: "a-later-timer-replaces-the-earlier-one",
    file: "adapters/redis/wakeup-queues.ts",
    find: "    if (score !== null && Number(score) / delayedScoreUnit <= dueMs) return;\n",
    replace: "",
    tests: [of("redis", "wakeups")],
  },
  {
    id: "while-redis-is-away-nothing-is-limited",
    file: "adapters/redis/limits.ts",
    find: "return own.take(key, { limit, windowMs, peek });",
    replace: "return own.take(key, { limit: limit * 1_000, windowMs, peek });",
    tests: [of("redis", "parts"), of("redis", "faults")],
  },
  {
    id: "postgres-takes-a-commit-on-another-parent",
    file: "adapters/postgres/append-statement.ts",
    find: "WHERE h.stream = l.stream AND l.id = w.parent AND l.version",
    replace: "WHERE h.stream = l.stream AND l.version",
    tests: [of("postgres", "event-log")],
  },
  {
    id: "a-token-for-another-repository-of-the-same-name-is-used",
    file: "adapters/github/tokens.ts",
    find: "repositories.every(({ full_name }) => isSame(full_name, repository))",
    replace: "repositories.every(({ full_name }) => full_name !== '')",
    tests: [of("github", "tokens")],
  },
];
