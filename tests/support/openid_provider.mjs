// A real OpenID Connect provider on loopback, for one client: `node openid_provider.mjs ISSUER PORT REDIRECT_URI`.
// Whoever logs in as NAME is NAME@example.com; names that begin with "unverified" have an address that nobody checked,
// and "boss" is in the group "admins".
import { Provider } from "oidc-provider";

const [issuer, port, redirectUri] = process.argv.slice(2);

const provider = new Provider(issuer, {
  clients: [{
    client_id: "widget-service",
    client_secret: "s3cret of the client/with+odd characters",
    redirect_uris: [redirectUri],
    grant_types: ["authorization_code"],
    response_types: ["code"],
  }],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["groups"] },
  pkce: { required: () => true },
  cookies: { keys: ["only for tests"] },
  findAccount: (_context, name) => ({
    accountId: name,
    claims: () => ({
      sub: name,
      email: `${name}@example.com`,
      email_verified: !name.startsWith("unverified"),
      groups: name === "boss" ? ["staff", "admins"] : ["staff"],
    }),
  }),
});

provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
