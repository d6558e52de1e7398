//! A native application (a public client, RFC 8252) that signs its users in by the crate `openidconnect`.

use std::{env, error::Error, io, thread::sleep, time::Duration};

use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreTokenResponse, CoreUserInfoClaims};
use openidconnect::{
    AuthorizationCode, ClientId, CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse,
    IssuerUrl, LogoutRequest, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PostLogoutRedirectUrl,
    ProviderMetadataWithLogout, RedirectUrl, RefreshToken, Scope, SyncHttpClient, TokenResponse, http, url::Url,
};
use serde_json::{Value, json};

type Outcome<T> = Result<T, Box<dyn Error>>;
type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

struct SignedIn {
    asked: Url,
    nonce: Nonce,
    tokens: CoreTokenResponse,
}

fn main() -> Outcome<()> {
    // A redirect that a client follows by itself could lead it anywhere.
    let agent: ureq::Agent =
        ureq::config::Config::builder().http_status_as_error(false).max_redirects(0).build().into();
    let http = |request: HttpRequest| -> Result<HttpResponse, ureq::Error> {
        let (parts, mut body) = agent.run(request)?.into_parts();
        Ok(http::Response::from_parts(parts, body.read_to_vec()?))
    };
    let discover = |issuer: String| -> Outcome<ProviderMetadataWithLogout> {
        Ok(ProviderMetadataWithLogout::discover(&IssuerUrl::new(issuer)?, &http)?)
    };
    let op = discover(env::var("ISSUER")?)?;
    let client = CoreClient::from_provider_metadata(op.clone(), ClientId::new(env::var("CLIENT_ID")?), None)
        .set_redirect_uri(RedirectUrl::new(env::var("REDIRECT_URI")?)?);

    let first = sign_in(&client, &http)?;
    let id_token = first.tokens.id_token().ok_or("no ID token")?;
    let claims = id_token.claims(&client.id_token_verifier(), &first.nonce)?;
    let other_nonce = id_token.claims(&client.id_token_verifier(), &Nonce::new_random());
    let userinfo: CoreUserInfoClaims =
        client.user_info(first.tokens.access_token().clone(), Some(claims.subject().clone()))?.request(&http)?;

    let old = refresh_token(&first.tokens)?;
    let fresh = refresh(&client, &http, old)?;
    let userinfo_again: CoreUserInfoClaims =
        client.user_info(fresh.access_token().clone(), Some(claims.subject().clone()))?.request(&http)?;
    let leeway: u64 = env::var("REFRESH_LEEWAY")?.parse()?;
    sleep(Duration::from_secs(leeway + 1));
    let reused = refresh(&client, &http, old);

    let second = sign_in(&client, &http)?;
    let state = CsrfToken::new_random();
    let endpoint = op.additional_metadata().end_session_endpoint.clone().ok_or("no end_session_endpoint")?;
    let ended = visit(
        &LogoutRequest::from(endpoint)
            .set_id_token_hint(second.tokens.id_token().ok_or("no ID token")?)
            .set_post_logout_redirect_uri(PostLogoutRedirectUrl::new(env::var("POST_LOGOUT_REDIRECT_URI")?)?)
            .set_state(state.clone())
            .http_get_url(),
    )?;
    if parameter(&ended, "state")? != *state.secret() {
        return Err("another state came back from the logout".into());
    }
    let after_logout = refresh(&client, &http, refresh_token(&second.tokens)?);

    say(&json!({ "seen": {
        "issuer": op.issuer(),
        "asked": first.asked,
        "id_token": claims,
        "userinfo": userinfo,
        "tokens": first.tokens,
        "refreshed": {
            "access_token": fresh.access_token(),
            "refresh_token": fresh.refresh_token(),
            "sub": userinfo_again.subject(),
        },
        "refused": {
            "nonce": refused(other_nonce),
            "issuer": refused(discover(env::var("OTHER_ISSUER")?)),
            "old_refresh_token": refused(reused),
            "refresh_after_logout": refused(after_logout),
        },
    }}));
    Ok(())
}

fn sign_in(client: &Client, http: &impl SyncHttpClient<Error = ureq::Error>) -> Outcome<SignedIn> {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (asked, state, nonce) = client
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
        .add_scope(Scope::new("profile".into()))
        .add_scope(Scope::new("email".into()))
        .set_pkce_challenge(challenge)
        .url();
    let answer = visit(&asked)?;
    if parameter(&answer, "state")? != *state.secret() {
        return Err("another state came back from the sign-in".into());
    }
    let tokens = client
        .exchange_code(AuthorizationCode::new(parameter(&answer, "code")?))?
        .set_pkce_verifier(verifier)
        .request(http)?;
    Ok(SignedIn { asked, nonce, tokens })
}

fn refresh(
    client: &Client,
    http: &impl SyncHttpClient<Error = ureq::Error>,
    token: &RefreshToken,
) -> Outcome<CoreTokenResponse> {
    Ok(client.exchange_refresh_token(token)?.request(http)?)
}

fn refresh_token(tokens: &CoreTokenResponse) -> Outcome<&RefreshToken> {
    tokens.refresh_token().ok_or("no refresh token".into())
}

/// Lets the person behind this program go there; the address where they ended.
fn visit(address: &Url) -> Outcome<Url> {
    say(&json!({ "visit": address }));
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    Ok(Url::parse(line.trim())?)
}

fn parameter(address: &Url, name: &str) -> Outcome<String> {
    let found = address.query_pairs().find(|(key, _)| key == name);
    Ok(found.ok_or(format!("no {name} in {address}"))?.1.into_owned())
}

fn refused<T, E: std::fmt::Debug>(result: Result<T, E>) -> Value {
    result.err().map_or(Value::Null, |error| json!(format!("{error:?}")))
}

fn say(what: &Value) {
    println!("{what}");
}
