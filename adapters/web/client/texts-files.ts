/** Texts about files; part of `texts`. */
export const fileTexts = {
  attach: "Attach files",
  dropHere: "Drop files to attach them",
  list: "Files of this message",
  remove: (name: string) => `Remove ${name}`,
  progress: (name: string, percent: number) => `${name}: ${percent} %`,
  waiting: "waits",
  again: "Try again",
  notYet: "Some files are not there yet. Wait for them or remove them; nothing was sent.",
  tooMany: (most: number) => `A message carries at most ${most} files; the others were left out.`,
  open: (name: string) => `Open ${name}`,
  save: (name: string, size: string) => `Save ${name}, ${size}`,
  ofMessage: "Files",
  held: "Files that go out with this message",
};
