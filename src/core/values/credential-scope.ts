/** The most a credential may be used for; the rights of its holder in the room limit it further. */
export const credentialScopes = ["read", "post", "decide", "manage"] as const;
/** A right that a credential may carry. */
export type CredentialScope = (typeof credentialScopes)[number];
