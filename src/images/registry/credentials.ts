/** What a registry knows a user by. */
export type Credentials =
  | { readonly username: string; readonly password: string }
  /** For the token service alone (the OAuth2 form of the distribution specification). */
  | { readonly identityToken: string };
