/** What a credential may be used for, at most; the rights of its holder in the room limit it further. */
export const credentialScopes = ["read", "post", "decide", "manage"] as const;
export type CredentialScope = (typeof credentialScopes)[number];
