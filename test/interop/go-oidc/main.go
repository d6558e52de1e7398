// An application that signs its users in by coreos/go-oidc and golang.org/x/oauth2.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

type object = map[string]any

var (
	ctx     = context.Background()
	lines   = bufio.NewScanner(os.Stdin)
	config  oauth2.Config
	refused = object{}
)

func main() {
	provider := must(oidc.NewProvider(ctx, os.Getenv("ISSUER")))
	var metadata struct {
		Issuer     string `json:"issuer"`
		EndSession string `json:"end_session_endpoint"`
	}
	check(provider.Claims(&metadata))
	config = oauth2.Config{
		ClientID:     os.Getenv("CLIENT_ID"),
		ClientSecret: os.Getenv("CLIENT_SECRET"),
		Endpoint:     provider.Endpoint(),
		RedirectURL:  os.Getenv("REDIRECT_URI"),
		Scopes:       []string{oidc.ScopeOpenID, "profile", "email"},
	}
	verifier := provider.Verifier(&oidc.Config{ClientID: config.ClientID})

	asked, tokens := signIn()
	idToken := must(verifier.Verify(ctx, rawIDToken(tokens)))

	_, err := provider.Verifier(&oidc.Config{ClientID: "another"}).Verify(ctx, rawIDToken(tokens))
	refuse("audience", err)
	_, err = oidc.NewProvider(ctx, os.Getenv("OTHER_ISSUER"))
	refuse("issuer", err)

	fresh := must(refresh(tokens))
	seen := object{
		"issuer":    metadata.Issuer,
		"asked":     asked,
		"id_token":  claims(idToken),
		"userinfo":  claims(userinfo(provider, tokens)),
		"tokens":    object{"access_token": tokens.AccessToken, "refresh_token": tokens.RefreshToken},
		"refreshed": object{"access_token": fresh.AccessToken, "refresh_token": fresh.RefreshToken, "sub": userinfo(provider, fresh).Subject},
		"refused":   refused,
	}

	leeway := must(strconv.Atoi(os.Getenv("REFRESH_LEEWAY")))
	time.Sleep(time.Duration(leeway+1) * time.Second)
	_, err = refresh(tokens)
	refuse("old_refresh_token", err)

	_, tokens = signIn()
	state := oauth2.GenerateVerifier()
	ended := visit(metadata.EndSession + "?" + url.Values{
		"id_token_hint":            {rawIDToken(tokens)},
		"post_logout_redirect_uri": {os.Getenv("POST_LOGOUT_REDIRECT_URI")},
		"state":                    {state},
	}.Encode())
	if ended.Get("state") != state {
		panic("another state came back from the logout")
	}
	_, err = refresh(tokens)
	refuse("refresh_after_logout", err)

	say(object{"seen": seen})
}

func signIn() (string, *oauth2.Token) {
	pkce, state, nonce := oauth2.GenerateVerifier(), oauth2.GenerateVerifier(), oauth2.GenerateVerifier()
	asked := config.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(pkce))
	answer := visit(asked)
	if answer.Get("state") != state {
		panic("another state came back from the sign-in")
	}
	return asked, must(config.Exchange(ctx, answer.Get("code"), oauth2.VerifierOption(pkce)))
}

func refresh(tokens *oauth2.Token) (*oauth2.Token, error) {
	return config.TokenSource(ctx, &oauth2.Token{RefreshToken: tokens.RefreshToken}).Token()
}

func userinfo(provider *oidc.Provider, tokens *oauth2.Token) *oidc.UserInfo {
	return must(provider.UserInfo(ctx, oauth2.StaticTokenSource(tokens)))
}

func rawIDToken(tokens *oauth2.Token) string {
	return tokens.Extra("id_token").(string)
}

func claims(from interface{ Claims(any) error }) object {
	var all object
	check(from.Claims(&all))
	return all
}

// Lets the person behind this program go there; the query of the address where they ended.
func visit(address string) url.Values {
	say(object{"visit": address})
	lines.Scan()
	return must(url.Parse(lines.Text())).Query()
}

func say(what object) {
	fmt.Println(string(must(json.Marshal(what))))
}

func refuse(what string, err error) {
	refused[what] = nil
	if err != nil {
		refused[what] = err.Error()
	}
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
