import { cut } from "../text/visible-text.js";
import type { GateContent, PushedRef } from "./gate-content.js";

const maxCommits = 5;
const maxSubjectChars = 80;

/** A push that waits, in a few lines of plain text: each branch with its first commits and how much it changes. */
export function pushSummary({ repository, refs }: NonNullable<GateContent["push"]>): string {
  return [repository, ...refs.flatMap(refLines)].join("\n");
}

function refLines({ ref, from, to, commits = [], moreCommits = 0, whyNoDiff, ...change }: PushedRef): string[] {
  const branch = ref.replace(/^refs\/heads\//, "");
  if (to === null) return [`${branch} is deleted (it was ${short(from ?? "")})`];
  const heading = `${branch} ${from === null ? "is new" : `was ${short(from)}`}, becomes ${short(to)}: ${sizeOf(change)}`;
  const shown = commits
    .slice(0, maxCommits)
    .map(({ id, subject }) => `• ${short(id)} ${cut(subject, maxSubjectChars)}`);
  const left = commits.length - shown.length + moreCommits;
  return [
    heading,
    ...shown,
    ...(left > 0 ? [`• and ${left} more`] : []),
    ...(whyNoDiff === undefined ? [] : [whyNoDiff]),
  ];
}

function sizeOf({ files = [], moreFiles = 0 }: Pick<PushedRef, "files" | "moreFiles">): string {
  const count = files.length + moreFiles;
  const [added, removed] = [sum(files.map((file) => file.added)), sum(files.map((file) => file.removed))];
  const least = moreFiles > 0 ? "at least " : "";
  return `${count} ${count === 1 ? "file" : "files"}, ${least}+${added} −${removed}`;
}

function sum(counts: readonly (number | undefined)[]): number {
  return counts.reduce<number>((total, count) => total + (count ?? 0), 0);
}

const short = (id: string) => id.slice(0, 7);
