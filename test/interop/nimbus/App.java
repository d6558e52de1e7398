import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jwt.JWT;
import com.nimbusds.oauth2.sdk.*;
import com.nimbusds.oauth2.sdk.auth.PrivateKeyJWT;
import com.nimbusds.oauth2.sdk.dpop.DPoPProofFactory;
import com.nimbusds.oauth2.sdk.dpop.DefaultDPoPProofFactory;
import com.nimbusds.oauth2.sdk.http.HTTPRequest;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.oauth2.sdk.token.RefreshToken;
import com.nimbusds.openid.connect.sdk.*;
import com.nimbusds.openid.connect.sdk.claims.IDTokenClaimsSet;
import com.nimbusds.openid.connect.sdk.claims.UserInfo;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import com.nimbusds.openid.connect.sdk.token.OIDCTokens;
import com.nimbusds.openid.connect.sdk.validators.IDTokenValidator;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.Scanner;
import java.util.concurrent.Callable;

/**
 * An application that signs its users in by the Nimbus SDK, with all that it has for a client with a key: pushed
 * requests, private_key_jwt, tokens that are bound by DPoP.
 */
public class App {
  static final Scanner lines = new Scanner(System.in);
  static final ClientID client = new ClientID(System.getenv("CLIENT_ID"));
  static final URI callback = URI.create(System.getenv("REDIRECT_URI"));
  static OIDCProviderMetadata op;
  static ECKey key;
  static DPoPProofFactory proofs;

  record SignedIn(URI asked, Nonce nonce, OIDCTokens tokens) {}

  interface Action extends Callable<Object> {}

  public static void main(String[] args) throws Exception {
    op = OIDCProviderMetadata.resolve(new Issuer(System.getenv("ISSUER")));
    key = ECKey.parse(System.getenv("CLIENT_KEY"));
    proofs = new DefaultDPoPProofFactory(new ECKeyGenerator(Curve.P_256).generate(), JWSAlgorithm.ES256);
    var refused = new HashMap<String, Object>();
    var seen = new HashMap<String, Object>(Map.of("issuer", op.getIssuer().getValue(), "refused", refused));

    var first = signIn();
    var tokens = first.tokens();
    seen.put("asked", first.asked().toString());
    seen.put("id_token", validated(tokens.getIDToken(), first.nonce()).toJSONObject());
    seen.put("userinfo", userinfo(tokens).toJSONObject());
    seen.put("tokens", tokens.toJSONObject());
    refused.put("nonce", refused(() -> validated(tokens.getIDToken(), new Nonce())));
    refused.put("issuer", refused(() -> OIDCProviderMetadata.resolve(new Issuer(System.getenv("OTHER_ISSUER")))));

    var fresh = refresh(tokens.getRefreshToken());
    var refreshed = new HashMap<String, Object>(fresh.toJSONObject());
    refreshed.put("sub", userinfo(fresh).getSubject().getValue());
    seen.put("refreshed", refreshed);
    Thread.sleep(1000 * (Long.parseLong(System.getenv("REFRESH_LEEWAY")) + 1));
    refused.put("old_refresh_token", refused(() -> refresh(tokens.getRefreshToken())));

    var second = signIn().tokens();
    var state = new State();
    var goodbye = URI.create(System.getenv("POST_LOGOUT_REDIRECT_URI"));
    var ended = visit(new LogoutRequest(op.getEndSessionEndpointURI(), second.getIDToken(), goodbye, state).toURI());
    if (!ended.getQuery().contains("state=" + state)) throw new Exception("another state came back from the logout");
    refused.put("refresh_after_logout", refused(() -> refresh(second.getRefreshToken())));

    say(Map.of("seen", seen));
  }

  static SignedIn signIn() throws Exception {
    var verifier = new CodeVerifier();
    var nonce = new Nonce();
    var state = new State();
    var request =
        new AuthenticationRequest.Builder(ResponseType.CODE, new Scope("openid", "profile", "email"), client, callback)
            .state(state)
            .nonce(nonce)
            .codeChallenge(verifier, CodeChallengeMethod.S256)
            .endpointURI(op.getAuthorizationEndpointURI())
            .build();
    var par = op.getPushedAuthorizationRequestEndpointURI();
    var pushed =
        PushedAuthorizationResponse.parse(
            new PushedAuthorizationRequest(par, proven(), request).toHTTPRequest().send());
    if (!pushed.indicatesSuccess()) throw new Exception(pushed.toErrorResponse().getErrorObject().toString());
    var asked =
        new AuthenticationRequest.Builder(pushed.toSuccessResponse().getRequestURI(), client)
            .endpointURI(op.getAuthorizationEndpointURI())
            .build()
            .toURI();

    var answer = AuthenticationResponseParser.parse(visit(asked)).toSuccessResponse();
    if (!state.equals(answer.getState())) throw new Exception("another state came back from the sign-in");
    if (!op.getIssuer().equals(answer.getIssuer())) throw new Exception("another issuer answered (RFC 9207)");
    return new SignedIn(
        request.toURI(), nonce, redeem(new AuthorizationCodeGrant(answer.getAuthorizationCode(), callback, verifier)));
  }

  static OIDCTokens refresh(RefreshToken token) throws Exception {
    return redeem(new RefreshTokenGrant(token));
  }

  static OIDCTokens redeem(AuthorizationGrant grant) throws Exception {
    var endpoint = op.getTokenEndpointURI();
    var request = new TokenRequest(endpoint, proven(), grant).toHTTPRequest();
    request.setDPoP(proofs.createDPoPJWT("POST", endpoint));
    var response = OIDCTokenResponseParser.parse(request.send());
    if (!response.indicatesSuccess()) throw new Exception(response.toErrorResponse().getErrorObject().toString());
    return ((OIDCTokenResponse) response).getOIDCTokens();
  }

  static UserInfo userinfo(OIDCTokens tokens) throws Exception {
    var endpoint = op.getUserInfoEndpointURI();
    HTTPRequest request = new UserInfoRequest(endpoint, tokens.getDPoPAccessToken()).toHTTPRequest();
    request.setDPoP(proofs.createDPoPJWT("GET", endpoint, tokens.getDPoPAccessToken()));
    var response = UserInfoResponse.parse(request.send());
    if (!response.indicatesSuccess()) throw new Exception(response.toErrorResponse().getErrorObject().toString());
    return response.toSuccessResponse().getUserInfo();
  }

  static IDTokenClaimsSet validated(JWT idToken, Nonce nonce) throws Exception {
    var validator =
        new IDTokenValidator(op.getIssuer(), client, JWSAlgorithm.ES256, op.getJWKSetURI().toURL());
    return validator.validate(idToken, nonce);
  }

  static PrivateKeyJWT proven() throws Exception {
    return new PrivateKeyJWT(
        client, URI.create(op.getIssuer().getValue()), JWSAlgorithm.ES256, key.toECPrivateKey(), key.getKeyID(), null);
  }

  /** Lets the person behind this program go there; the address where they ended. */
  static URI visit(URI address) throws Exception {
    say(Map.of("visit", address.toString()));
    return URI.create(lines.nextLine());
  }

  static String refused(Action action) {
    try {
      action.call();
      return null;
    } catch (Exception error) {
      return error.toString();
    }
  }

  static void say(Map<String, Object> what) {
    System.out.println(JSONObjectUtils.toJSONString(what));
  }
}
