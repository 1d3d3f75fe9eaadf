import { noBody } from "../fields.js";
import { changeProblems, json, type Operation, writeProblems } from "../operation.js";
import { createdToken, nameAnswer, namesQuery, revokedToken, tokenBody, tokenList, tokensQuery } from "../tokens.js";

/** Operations on tokens for programs, and on the names that joining derives. */
export const tokenOperations = {
  createToken: {
    method: "POST",
    path: "/api/tokens",
    summary: "makes a token for a program that acts as a participant",
    note: "It lives 90 days, or as long as `expiresInSeconds` says (at most 366 days). The admin gives the `roomId`; without a `name` it acts as the room's owner. `token` is shown here alone.",
    access: "tokenHolder",
    body: tokenBody,
    answers: { 201: json(createdToken, "The token, shown this once.") },
    problems: changeProblems,
  },
  listTokens: {
    method: "GET",
    path: "/api/tokens",
    summary: "lists the tokens that work",
    note: "One's own, for an owner the room's, for the admin all.",
    access: "tokenHolder",
    query: tokensQuery,
    answers: { 200: json(tokenList) },
    problems: [401, 403, 422, 503],
  },
  revokeToken: {
    method: "DELETE",
    path: "/api/tokens/:tokenId",
    summary: "revokes a token",
    note: "It stops working at every process within a second.",
    access: "tokenHolder",
    body: noBody,
    answers: { 200: json(revokedToken) },
    problems: writeProblems,
  },
  deriveName: {
    method: "GET",
    path: "/api/names",
    summary: "the name for `@` that a display name asks for",
    note: "It is transliterated: `李雷` gives `li-lei`. Whether it is free in a room, joining says.",
    access: "anyone",
    query: namesQuery,
    answers: { 200: json(nameAnswer) },
    problems: [422],
  },
} as const satisfies Record<string, Operation>;
