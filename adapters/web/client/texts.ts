import { scriptRemark } from "../../../src/core/values/script-remark.js";
import { dialogTexts, plural } from "./texts-dialogs.js";
import { fileTexts } from "./texts-files.js";
import { folderTexts } from "./texts-folder.js";
import { gateTexts } from "./texts-gates.js";
import { manageTexts } from "./texts-manage.js";
import { setupTexts } from "./texts-setup.js";
import { lineTexts, timelineTexts } from "./texts-timeline.js";
import { turnTexts } from "./texts-turns.js";

/** Every word the page says, to be translated in one place. Parts in `{braces}` are functions' arguments. */

export const texts = {
  ...dialogTexts,
  ...setupTexts,
  files: fileTexts,
  manage: manageTexts,
  ...turnTexts,
  folder: folderTexts,
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

  rail: {
    heading: "Rooms",
    waiting: (count: number) => plural(count, "decision waits", "decisions wait"),
    waitingHere: "waiting for a decision",
  },

  theme: {
    label: "Colours",
    system: "as the system",
    light: "light",
    dark: "dark",
  },

  roster: {
    heading: "In the room",
    agents: "Agents",
    people: "People",
    you: "you",
    status: { idle: "idle", working: "working", waiting: "asks a person", offline: "offline" },
    online: "here",
    script: scriptRemark,
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

  timeline: timelineTexts,

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

  lines: lineTexts,

  gates: gateTexts,

  composer: {
    label: "Your message",
    placeholder: "Message the room, or @name",
    send: "Send",
    replace: "Replace",
    replaced: "The message was replaced; no agent had read it.",
    editing: "You are changing a message that no agent has read yet.",
    stopEditing: "Keep it as it is",
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
