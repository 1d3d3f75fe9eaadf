import type { GateKind } from "../../../src/core/room/event.js";
import { dialogTexts, plural } from "./texts-dialogs.js";
import { gateTexts } from "./texts-gates.js";
import { setupTexts } from "./texts-setup.js";

/** Every word the page says, to be translated in one place. Parts in `{braces}` are functions' arguments. */

export const texts = {
  ...dialogTexts,
  ...setupTexts,
  product: "Parley",
  tagline: "Rooms where people and coding agents work together.",
  locale: "en-GB",

  title: (roomName: string, waiting: number) => `${waiting > 0 ? `(${waiting}) ` : ""}${roomName} · Parley`,

  join: {
    heading: "Join a room",
    intro: "Enter the code from your invite. Nothing to install, no account.",
    introWithCode: "You were invited. Tell the others who you are.",
    code: "Invite code",
    codeHint: "Looks like a few groups of letters and digits; a whole link works too.",
    name: "Your name",
    nameHint: "Others see it, and agents write to you with it.",
    handle: (name: string) => `You will be @${name} in the room.`,
    submit: "Join",
    submitAs: (name: string) => `Join as @${name}`,
    joining: "Joining …",
    checking: "Looking at your link …",
    alreadyIn: "You are in this room already",
    alreadyInHint: "Or join once more below, under another name.",
    yourRooms: "Your rooms",
    youAre: (name: string) => `as @${name}`,
    forget: (room: string) => `Remove ${room} from this list`,
    left: {
      401: "You are not signed in to that room in this browser any more. Join again with a code; if your name is taken, the room's owner can make a code for you to come back under it. On the machine that Parley runs on, parley open <room> prints a link for you.",
      403: "You may not read that room. Ask its owner for another invite.",
      404: "There is no such room for you here. The link may be wrong, or your stay in the room has ended.",
    } as Record<number, string>,
    problem: {
      needCode: "Enter the code first. It is in your invite, after the # sign of the link.",
      needName: "Enter a name first. Any name will do.",
      unknown:
        "This code does not open a room: it is mistyped, expired, used up or revoked. Check it, or ask for a new one. On the machine that Parley runs on, parley open <room> prints a link for you.",
      taken: (name: string, suggestion: string) =>
        `Somebody here is already @${name}. You can join as @${suggestion}, or choose another name.`,
      tooMany: (seconds: number) =>
        `Too many wrong codes. Wait ${plural(seconds, "second", "seconds")}, then try again.`,
    },
  },

  room: {
    youAreNow: (you: string) =>
      `You are now ${you} in this browser, because somebody joined as ${you} in it. What you typed is kept.`,
    skip: "Skip to the messages",
    loading: "Opening the room …",
    allRooms: "All rooms",
    state: { active: "", halted: "Halted", paused: "Paused", closed: "Closed" },
    haltedHint: "Halted: messages wait until somebody lets the agents go on.",
    pausedHint: "Paused: messages wait, no agent starts anything new.",
    closedHint: "This room is closed. It can be read; nothing can be added.",
    cost: (usd: string) => `${usd} so far`,
    costHint: "What it cost today and this month",
    spent: (usd: string, most: string | undefined) => (most === undefined ? usd : `${usd} of ${most}`),
    costNow: ({ today, month, total }: { today: string; month: string; total: string }) =>
      `Today ${today}, this month ${month}, in all ${total}. Days and months are those of UTC.`,
    connection: {
      connecting: "Connecting …",
      live: "Live",
      interrupted: (ago: string) => `Connection lost ${ago} ago, trying again …`,
      offline: (ago: string) => `Offline for ${ago}`,
    },
    connectionLabel: "Connection",
    nothingWaits: "Nothing waits for you",
    invite: "Invite",
    pause: "Pause",
    resume: "Resume",
    stop: "Stop all agents",
    stopSure: "Really stop?",
    search: "Search",
    pictures: "Pictures",
    help: "Keyboard help",
    more: "More",
    done: {
      pause: "Paused. Messages wait until somebody resumes.",
      resume: "Resumed.",
      stop: "Every agent was told to stop.",
      interrupt: (name: string) => `${name} was told to stop what it is doing.`,
    },
  },

  roster: {
    heading: "In the room",
    agents: "Agents",
    people: "People",
    you: "you",
    status: { idle: "idle", working: "working", waiting: "asks a person", offline: "offline" },
    online: "here",
    workingFor: (time: string) => `working for ${time}`,
    waitingFor: (time: string) => `asks a person, ${time}`,
    unread: (count: number) => plural(count, "message waits for it", "messages wait for it"),
    tokens: (count: string) => `${count} tokens`,
    interrupt: (name: string) => `Interrupt ${name}`,
    summary: (working: number, asking: number, here: number) => {
      const busy = [working > 0 ? `${working} working` : "", asking > 0 ? `${asking} asking` : ""];
      const parts = busy.filter((part) => part !== "");
      return parts.length > 0 ? parts.join(" · ") : `${here} in the room`;
    },
    role: { owner: "owner", approver: "approver", member: "member", viewer: "viewer" } as Record<string, string>,
  },

  timeline: {
    heading: "Messages",
    empty: "Nothing has been said yet.",
    emptyHint: "Write to everyone, or start with @ and a name.",
    emptyViewer: "What agents and people say will stand here.",
    older: "Show earlier messages",
    loadingOlder: "Loading earlier messages …",
    beginning: "The beginning of the room",
    today: "Today",
    yesterday: "Yesterday",
    unread: "New",
    jump: (count: number) => plural(count, "new message", "new messages"),
    jumpDown: "Jump to the newest",
    toRoom: "room",
    to: "to",
    you: "you",
    approvedBy: (name: string) => `approved by ${name}`,
    editedBy: (name: string) => `edited by ${name}`,
    class: {
      notify: "for the next turn",
      deliver: "",
      interrupt: "into the running turn",
      preempt: "stopped what was running",
      shutdown: "shutdown",
    },
    delivery: {
      queued: "waits",
      delivered: "working on it",
      acknowledged: "done",
      expired: "expired, not delivered",
      failed: "failed, not done",
    },
    deliveryOf: (name: string, state: string) => `${name}: ${state}`,
    deliveryLabel: "Delivery",
    deliveryCount: {
      queued: (count: number) => `${count} wait`,
      delivered: (count: number) => `${count} at work`,
      acknowledged: (count: number) => `${count} done`,
      expired: (count: number) => `${count} expired`,
      failed: (count: number) => `${count} failed`,
    },
    retry: "Retry",
    retryHint: "Deliver this message again to the agents it failed with",
    retried: "It is delivered again.",
    showAll: "Show all of it",
    showLess: "Show less",
    copy: "Copy",
    copied: "Copied",
    linkTo: (from: string, time: string) => `Message of ${from}, ${time}: link to it`,
    noSuchMessage: "The message this link leads to is not in this room.",
    unseen: (name: string, code: string) => `hidden character: ${name}, ${code}`,
    linkHost: (host: string) => ` (${host})`,
    code: "Code",
    codeIn: (language: string) => `Code, ${language}`,
    table: "Table",
    wrap: "Wrap",
    image: "Image",
    footnote: (number: number) => `Footnote ${number}`,
    taskDone: "done",
    taskOpen: "to do",
    alert: { note: "Note", tip: "Tip", important: "Important", warning: "Warning", caution: "Caution" },
    tooDeep: "A part of this is nested or marked too much to be formatted; it is shown as it was written.",
    sending: "Sending …",
    sentLater: "Sent as soon as the connection is back",
    sent: "Sent",
    notSent: "Not sent.",
    again: "Send again",
    discard: "Discard",
  },

  work: {
    heading: "Working now",
    thinking: "thinking",
    tool: (name: string, summary: string) => (summary === "" ? name : `${name}: ${summary}`),
    waiting: "asks a person",
    show: (name: string) => `What ${name} is writing`,
    nothingYet: "Nothing written yet in this turn.",
    steps: (count: number) => plural(count, "step", "steps"),
    others: (count: number) => `and ${count} more at work`,
    fewer: "Show fewer",
  },

  lines: {
    created: "The room was created",
    renamed: (name: string) => `The room is now called ${name}`,
    joined: (name: string, role: string, isAgent: boolean) =>
      `${name} joined as ${isAgent && role !== "agent" ? `agent, ${role}` : role}`,
    joinedTogether: (names: readonly string[], more: number) =>
      `${more > 0 ? `${names.join(", ")} and ${more} more` : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`} joined as agents`,
    returned: (name: string, role: string) => `${name} is back as ${role}`,
    left: (name: string) => `${name} left`,
    bounced: (name: string) => `A message of ${name} reached nobody`,
    expired: (names: string, reason: string) => `A message expired before ${names} got to it: ${reason}`,
    expiredReason: {
      ttl: "its time was over",
      left: "the agent left",
      stopped: "everything was stopped",
      closed: "the room was closed",
    } as Record<string, string>,
    turn: {
      failed: (name: string) => `${name} failed`,
      cancelled: (name: string, by: string | undefined) => `${name} was stopped${by === undefined ? "" : ` by ${by}`}`,
      "timed-out": (name: string) => `${name} was silent for too long and was stopped`,
      lost: (name: string) => `${name} was cut off; what it had is delivered again`,
    },
    paused: "The room was paused",
    resumed: "The room was resumed",
    closed: "The room was closed",
    budget: (agent: string | undefined, limit: string) =>
      `Budget${agent === undefined ? "" : ` of ${agent}`} used up: ${limit}`,
    bound: (platform: string | undefined) =>
      `A thread${platform === undefined ? "" : ` on ${platform}`} now follows this room`,
    unbound: "A thread no longer follows this room",
    reminded: {
      message: (from: string, time: string) => `A message of ${from} has been held for ${time}`,
      question: (from: string, time: string) => `${from} has waited for an answer for ${time}`,
      tool: (from: string, time: string) => `${from} has waited for a permission for ${time}`,
      continue: (_from: string, time: string) => `The agents have been halted for ${time}`,
    },
    gate: {
      approved: (by: string, from: string) => `${by} approved a message of ${from}`,
      edited: (by: string, from: string) => `${by} edited a message of ${from}`,
      dropped: (by: string, from: string, what: string) => `${by} dropped ${what} of ${from}`,
      answered: (by: string, from: string) => `${by} answered ${from}`,
      allowed: (by: string, from: string, tool: string) => `${by} allowed ${from} to use ${tool}`,
      allowedEdited: (by: string, from: string, tool: string) =>
        `${by} changed what ${from} uses ${tool} for, and allowed it`,
      denied: (by: string, from: string, tool: string) => `${by} denied ${from} the use of ${tool}`,
      continued: (by: string) => `${by} let the agents go on`,
      stopped: (by: string) => `${by} stopped the agents`,
      expired: (what: string, from: string) => `Nobody decided ${what} of ${from} in time`,
      withdrawn: (what: string, from: string) => `${what} of ${from} was withdrawn`,
    },
    what: { message: "a message", question: "a question", tool: "a request", continue: "a stop" } as Record<
      GateKind,
      string
    >,
    someone: "an agent",
    aTool: "a tool",
  },

  gates: gateTexts,

  composer: {
    label: "Your message",
    placeholder: "Message the room, or @name",
    send: "Send",
    steer: (names: string) => `Into the running turn of ${names}, not after it`,
    hint: "Enter sends · Shift+Enter for a new line · @ to address somebody",
    tooLong: (kib: number) => `Too long by ${kib} KiB. A message holds 32 KiB; nothing was sent.`,
    onlyNames: "Write something behind the name. Nothing was sent.",
    viewer: "You are a viewer: you can read everything here, not write.",
    everyone: "everyone",
    allPeople: "the people",
    agent: "agent",
    person: "person",
    suggestions: "People and agents",
  },

  problem: {
    notYou: (you: string) =>
      `This was not sent: you are now ${you} in this browser. Send it again to say it as ${you}.`,
    writtenLongAgo:
      "Written more than an hour ago and not confirmed. Look above, and send it again if it is not there and still makes sense.",
    noAnswer: "The server did not answer. Nothing is lost here; check your connection and try again.",
    tooMany: (seconds: number) => `Too much at once. Try again in ${plural(seconds, "second", "seconds")}.`,
    server: "The server could not store this. Nothing was done; try again in a moment.",
    forbidden: "Your role does not allow this. Ask the room's owner.",
    other: "This did not work.",
  },

  time: {
    seconds: (count: number) => `${count} s`,
    minutes: (count: number) => `${count} min`,
    hours: (hours: number, minutes: number) => (minutes === 0 ? `${hours} h` : `${hours} h ${minutes} min`),
    days: (count: number) => plural(count, "day", "days"),
  },

  money: {
    lessThan: (least: string) => `under ${least}`,
  },
} as const;
