"""A Flask application that signs its users in by Authlib, and a person's way through it."""

import json
import os
import time

from authlib.integrations.flask_client import OAuth
from flask import Flask, request

env = os.environ
app = Flask(__name__)
app.secret_key = os.urandom(32)
app.testing = True  # what a view raises comes out of the browser's call
gatehouse = OAuth(app).register(
    "gatehouse",
    client_id=env["CLIENT_ID"],
    client_secret=env["CLIENT_SECRET"],
    server_metadata_url=env["ISSUER"] + "/.well-known/openid-configuration",
    client_kwargs={"scope": "openid profile email", "code_challenge_method": "S256"},
)


@app.get("/login")
def login():
    return gatehouse.authorize_redirect(env["REDIRECT_URI"])


@app.get("/callback")
def callback():
    return dict(gatehouse.authorize_access_token())


@app.get("/logout")
def logout():
    return gatehouse.logout_redirect(env["POST_LOGOUT_REDIRECT_URI"], id_token_hint=request.args["id_token"])


@app.get("/bye")
def bye():
    return gatehouse.validate_logout_response()


browser = app.test_client()


def visit(url):
    """Lets the person behind this program go there; the query of the address where they ended."""
    print(json.dumps({"visit": url}), flush=True)
    return input().partition("?")[2]


def refused(action):
    try:
        action()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


def sign_in():
    asked = browser.get("/login").location
    return asked, visit(asked)


def refresh(token):
    with app.app_context():
        return gatehouse.fetch_access_token(grant_type="refresh_token", refresh_token=token["refresh_token"])


def userinfo(token):
    with app.app_context():
        return gatehouse.userinfo(token=token)


def parse(token, nonce):
    with app.app_context():
        return gatehouse.parse_id_token(token, nonce)


seen = {"refused": {}}

asked, answer = sign_in()
tokens = browser.get("/callback?" + answer).json
seen["issuer"] = gatehouse.load_server_metadata()["issuer"]
seen["asked"] = asked
seen["id_token"] = tokens["userinfo"]
seen["userinfo"] = userinfo(tokens)
seen["tokens"] = tokens
seen["refused"]["nonce"] = refused(lambda: parse(tokens, "another"))

fresh = refresh(tokens)
seen["refreshed"] = {**fresh, "sub": userinfo(fresh)["sub"]}
time.sleep(float(env["REFRESH_LEEWAY"]) + 1)
seen["refused"]["old_refresh_token"] = refused(lambda: refresh(tokens))

_, answer = sign_in()
seen["refused"]["state"] = refused(lambda: browser.get("/callback?" + answer.replace("state=", "state=x")))

_, answer = sign_in()
tokens = browser.get("/callback?" + answer).json
ended = visit(browser.get("/logout?id_token=" + tokens["id_token"]).location)
seen["logout"] = browser.get("/bye?" + ended).json
seen["refused"]["refresh_after_logout"] = refused(lambda: refresh(tokens))

print(json.dumps({"seen": seen}), flush=True)
