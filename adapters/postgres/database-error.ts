import { PortError, type PortErrorCode } from "../../src/ports/port-error.js";

/** The meaning of an error of `pg` for the caller. `advice` says what to do, as a sentence. */
interface Meaning {
  code: PortErrorCode;
  retryable: boolean;
  what: string;
  advice: string;
}

const away: Meaning = {
  code: "unavailable",
  retryable: true,
  what: "PostgreSQL does not answer",
  advice: "Look at the database server and at the way to it.",
};
const slow: Meaning = {
  code: "timeout",
  retryable: true,
  what: "PostgreSQL did not answer in time",
  advice: "Look at the load of the database server and at locks that somebody holds.",
};
const refused = (what: string, advice: string): Meaning => ({ code: "refused", retryable: false, what, advice });

/** SQLSTATE codes: https://www.postgresql.org/docs/current/errcodes-appendix.html. The longest prefix that fits decides. */
const meanings: Readonly<Record<string, Meaning>> = {
  "08": away,
  "57P": { ...away, what: "PostgreSQL is stopping or starting" },
  "57014": slow,
  "55P03": slow,
  "40": { ...away, what: "PostgreSQL broke off two statements that waited for each other", advice: "Try again." },
  "53100": {
    code: "full",
    retryable: true,
    what: "the disk of the PostgreSQL server is full",
    advice: "Free some space there.",
  },
  "53200": { ...away, what: "the PostgreSQL server has no memory left" },
  "53300": {
    ...away,
    what: "PostgreSQL takes no more connections",
    advice: "Raise max_connections there, or end what holds connections.",
  },
  "53": { ...away, what: "the PostgreSQL server lacks resources" },
  "25006": {
    ...away,
    what: "PostgreSQL is read-only: a standby, or set so",
    advice: "DATABASE_URL must lead to the primary.",
  },
  "58": { ...away, what: "the PostgreSQL server cannot use its files" },
  "28": refused(
    "PostgreSQL does not let this user in",
    "Correct user and password in DATABASE_URL, or pg_hba.conf there.",
  ),
  "3D000": refused(
    "the database that DATABASE_URL names is not there",
    "Make it with createdb, or correct DATABASE_URL.",
  ),
  "42501": refused(
    "this user may not do that in PostgreSQL",
    "Let it own the schema: CREATE SCHEMA parley AUTHORIZATION <user>; or let it create one in its database.",
  ),
  "42P01": {
    code: "corrupt",
    retryable: false,
    what: "a table of Parley's is missing in the database",
    advice: "Restore the database from a copy.",
  },
  XX00: {
    code: "corrupt",
    retryable: false,
    what: "PostgreSQL found damaged data",
    advice: "Restore the database from a copy.",
  },
};

const untrusted = refused(
  "the certificate of the PostgreSQL server is not trusted",
  "Name its authority with sslrootcert in DATABASE_URL, and the server by the name in its certificate.",
);
const untrustedCodes = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "CERT_HAS_EXPIRED",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);
const noTls = refused("PostgreSQL offers no TLS", "Set ssl to on there, or take sslmode out of DATABASE_URL.");

const lostConnection = new Set([
  "ECONNRESET",
  "ECONNREFUSED",
  "EPIPE",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENOENT",
  "EHOSTUNREACH",
]);

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

function meaningOf(error: unknown): Meaning | undefined {
  const code = codeOf(error);
  if (lostConnection.has(code)) return away;
  if (code === "ETIMEDOUT") return slow;
  if (untrustedCodes.has(code)) return untrusted;
  const prefix = [code, code.slice(0, 4), code.slice(0, 3), code.slice(0, 2)].find((some) =>
    Object.hasOwn(meanings, some),
  );
  if (prefix !== undefined && prefix !== "") return meanings[prefix];
  const text = error instanceof Error ? error.message : "";
  // `pg` gives these no code.
  if (/does not support SSL/i.test(text)) return noTls;
  if (/read timeout|timeout exceeded|connection timeout/i.test(text)) return slow;
  if (/connection (terminated|error|ended)|client was closed|not queryable/i.test(text)) return away;
  return undefined;
}

/** Whether the message of the other side may be shown: it names no password, but it may be long. */
const shown = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
};

/**
 * Says in words of the port what kept a statement from its end. What was acknowledged is kept in every case. Whether a write was made that failed in this way
 * is not known; the same commits again are safe.
 */
export function toPortError(thrown: unknown): PortError {
  if (thrown instanceof PortError) return thrown;
  const { code, retryable, what, advice } = meaningOf(thrown) ?? {
    code: "unavailable",
    retryable: true,
    what: "PostgreSQL failed",
    advice: "Look at the log of the database server.",
  };
  const outage = `${what[0]?.toUpperCase()}${what.slice(1)}`;
  const message = `${outage} (${shown(thrown)}). What was acknowledged is kept. ${advice}`;
  return new PortError(message, { code, retryable, outage, cause: thrown });
}
