import { LIMITS } from "../room/limits.js";
import type { Room } from "../room/room.js";
import { initialsOf } from "./initials.js";

/** What the picture of an agent shows. Derived from its room alone, and reveals nothing about the room. */
export interface Face {
  /** Position among all agents that ever joined the room, in joining order, from 0. No two agents of a room share one. */
  place: number;
  /** One or two of `A-Z0-9`. */
  initials: string;
}

/** Part of the URL. Raise it with every change of the drawing, because pictures are cached for a year. */
const drawing = 1;

/** The face of an agent, whether it is present or has left; undefined for people and unknown names. */
export function faceOf(room: Room, name: string): Face | undefined {
  let place = 0;
  for (const participant of room.participants.values()) {
    if (participant.kind !== "agent") continue;
    if (participant.name === name) return { place, initials: initialsOf(name).toUpperCase() };
    place += 1;
  }
  return undefined;
}

/** The path at which a face is served. Anybody may ask for it: it holds a number and initials, and no room. */
export const facePath = ({ place, initials }: Face): string => `/faces/${drawing}-${place}-${initials}.png`;

const fileSyntax = /^(\d{1,4})-(0|[1-9]\d{0,3})-([A-Z0-9]{1,2})\.png$/;

/** Parses the last part of such a path; undefined for any other text. */
export function parseFaceFile(file: string): Face | undefined {
  const [, version, place, initials = ""] = fileSyntax.exec(file) ?? [];
  if (version === undefined || Number(version) !== drawing || Number(place) >= LIMITS.maxParticipants) return undefined;
  return { place: Number(place), initials };
}
