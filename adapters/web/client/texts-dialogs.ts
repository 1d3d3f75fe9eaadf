/** Words of what opens over the page: a part of `texts`, which is where they are read. */

export const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

export const dialogTexts = {
  search: {
    heading: "Search this room",
    label: "Words to look for",
    placeholder: "A word, or somebody's name",
    find: "Find",
    hint: "Looks through everything that was said, from the first day on.",
    busy: "Looking …",
    found: (count: number, more: boolean) =>
      count === 0
        ? more
          ? "Nothing found yet; there is more to look through."
          : "Nothing found."
        : `${plural(count, "message", "messages")}, the newest first${more ? "; there may be more" : ""}.`,
    kind: { question: "asks", answer: "answers" },
    more: "Look further back",
    close: "Close",
  },

  help: {
    heading: "Keyboard",
    close: "Close",
    keys: [
      { keys: "a", does: "Approve, allow or answer what waits" },
      { keys: "e", does: "Edit it first" },
      { keys: "d", does: "Drop or deny it, with a reason" },
      { keys: "1 – 9", does: "Choose that option of the question" },
      { keys: "j, k", does: "To the next and to the one before of what waits" },
      { keys: "u", does: "Take back a decision that waits to be sent" },
      { keys: "x", does: "Show the exact text of what waits, without formatting" },
      { keys: "/", does: "Search the room" },
      { keys: "m", does: "Write a message" },
      { keys: "p", does: "Pictures of the room" },
      { keys: "← → ↑ ↓", does: "In the pictures: from mark to mark; Enter goes to the message" },
      { keys: "Enter", does: "Send what is written" },
      { keys: "Shift + Enter", does: "Begin a new line" },
      { keys: "Ctrl + Enter", does: "Send an edited text" },
      { keys: "Esc", does: "Put away what is open" },
      { keys: "?", does: "This help" },
    ],
  },

  pictures: {
    heading: "The room in pictures",
    loading: "Reading the log …",
    lanes: "Who said what to whom",
    cost: "Cost and tokens",
    zoom: "Zoom",
    zoomIn: "Zoom in",
    zoomOut: "Zoom out",
    save: { png: "Save as PNG", svg: "Save as SVG" },
    tooLarge: "This picture is too large to be saved so. Zoom out, or save it as SVG.",
    close: "Close",
    none: "Nothing has happened yet that could be drawn.",
    noCost: "No agent has reported what it used.",
    message: (from: string, to: string, time: string, start: string) => `${time}, ${from} to ${to}: ${start}`,
    turn: (agent: string, time: string, outcome: string) => `${time}, turn of ${agent}: ${outcome}`,
    running: "still running",
    gate: (from: string, time: string, outcome: string) => `${time}, gate of ${from}: ${outcome}`,
    waits: "waits",
    totals: (name: string, usd: string, tokens: string) => `${name}: ${usd}, ${tokens} tokens`,
    legend:
      "Bars are turns, arrows messages, diamonds decisions. Click one to go to it; with the keyboard, arrow keys move and Enter goes.",
  },

  newRoom: {
    heading: "Start a new room",
    open: "New room",
    room: "Name of the room",
    roomPlaceholder: "What is it about?",
    you: "Your name",
    template: "Who is in it",
    templates: {
      feature: { name: "Plan, build, review", about: "A planner splits the goal, a coder builds, a reviewer checks." },
      pair: { name: "Coder and reviewer", about: "For one task: one writes, the other reads what was written." },
      careful: { name: "Nothing without you", about: "Coder and reviewer; you approve every message first." },
      empty: { name: "Nobody yet", about: "Add agents and people later, under Manage." },
    },
    repo: "Repository (optional)",
    repoPlaceholder: "owner/name",
    token: "Admin token of this server",
    tokenHint:
      "Whoever runs Parley has it: it is in the file admin-token of its data folder. It is sent once and kept nowhere.",
    submit: "Start the room",
    starting: "Starting …",
    problem: {
      needRoom: "Give the room a name first.",
      needName: "Enter your name first. Any name will do.",
      needToken: "Paste the admin token first; ask whoever runs this server for it.",
      wrongToken: "This is not the admin token of this server. Nothing was made.",
    },
  },

  invite: {
    heading: "Invite somebody",
    role: "They may",
    roles: {
      viewer: "read (viewer)",
      member: "read and write (member)",
      approver: "also decide and steer agents (approver)",
      owner: "do everything (owner)",
    },
    make: "Make a link",
    making: "Making a link …",
    link: "Invite link",
    copy: "Copy link",
    copied: "Copied",
    expires: "Until",
    expiry: { 3600: "in an hour", 86400: "tomorrow", 604800: "in 7 days", 2592000: "in 30 days" } as Record<
      number,
      string
    >,
    qr: "QR code of the invite link",
    note: "Whoever has the link can join until it expires. Revoke it under Manage.",
    close: "Close",
  },
} as const;
