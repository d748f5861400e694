"""Sign-in by OpenID Connect, where the operator configured it in Streamlit's secrets."""

import os
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any, Final

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from pricing.errors import InputError, Problem
from tco.ui.server.watched import this_run
from tco.ui.session.problems import show_problems
from tco.words.markdown import literal

USER_HEADER: Final = "PLANNER_USER_HEADER"
"""Environment variable that names the header in which a proxy says who signed in."""
NO_FILE: Final = "no-secrets-found"
"""What Streamlit calls it when there is no secrets file at all."""
SECTION: Final = "auth"
"""Section of the secrets file that configures the sign-in."""


def configured() -> bool:
    """Whether people sign in on this page; looked up once in a run.

    Raises
    ------
    InputError
        If there is a secrets file that cannot be read: it may ask for a sign-in.
    """
    run = this_run()
    if run is None:
        return _has_section()
    if run.signs_in is None:
        run.signs_in = _has_section()
    return run.signs_in


def _has_section() -> bool:
    """Whether the secrets file, if there is one, configures the sign-in."""
    try:
        return SECTION in st.secrets
    except StreamlitSecretNotFoundError as error:
        if error.error_id == NO_FILE:
            return False
        raise InputError(
            Problem("secrets.toml", "", "cannot be read", "Correct it; the log says where.")
        ) from error


def signed_in_as(claims: Mapping[str, Any]) -> str:
    """Name a person by what the provider claims: a verified e-mail address, else its own id.

    Raises
    ------
    InputError
        If it claims neither.

    Examples
    --------
    >>> signed_in_as({"email": "ann@example.org", "email_verified": True, "sub": "17"})
    'ann@example.org'
    >>> signed_in_as({"email": "ann@example.org", "sub": "17", "iss": "https://id.example.org"})
    '17 at https://id.example.org'
    """
    if (email := claims.get("email")) and claims.get("email_verified") in (True, "true"):
        return str(email)
    if subject := claims.get("sub"):
        return f"{subject} at {claims.get('iss', 'your provider')}"
    raise InputError(
        Problem(
            "sign-in",
            "",
            "the provider names neither a verified e-mail address nor an id",
            "Ask for the scopes openid and email in the secrets file.",
        )
    )


def signed_in_visitor() -> str:
    """Name who signed in.

    Raises
    ------
    InputError
        If nobody did.
    """
    if not st.user.get("is_logged_in"):
        raise InputError(Problem("sign-in", "", "nobody is signed in", "Sign in first."))
    return signed_in_as(st.user.to_dict())


def gate() -> bool:
    """Let the visitor in, or draw what stands in the way; nothing else may be drawn then."""
    try:
        if not configured():
            return True
    except InputError as refusal:
        show_problems("Nobody can sign in.", refusal.problems)
        return False
    if problem := _broken():
        show_problems("Nobody can sign in.", (problem,))
        return False
    if not st.user.get("is_logged_in"):
        _door()
        return False
    try:
        name = signed_in_visitor()
    except InputError as refusal:
        show_problems("This sign-in names nobody.", refusal.problems)
        _sign_out()
        return False
    with st.sidebar:
        st.markdown(f":small[Signed in as {literal(name)}]")
        _sign_out()
    return True


def _door() -> None:
    st.title("Sign in", anchor=False)
    st.markdown("Scenarios are kept by name, so this planner asks who you are.")
    for provider in _providers():
        label = f"Sign in with {provider}" if provider else "Sign in"
        st.button(label, key=f"sign in {provider}", on_click=st.login, args=(provider,))


def _sign_out() -> None:
    st.button("Sign out", key="sign out", on_click=st.logout)


def _broken() -> Problem | None:
    """Why the configured sign-in cannot work; None where it can."""
    if os.environ.get(USER_HEADER):
        return Problem(
            SECTION,
            USER_HEADER,
            "the secrets file and the proxy's header would both say who signed in",
            f"Remove the section [{SECTION}], or do not set {USER_HEADER}.",
        )
    if find_spec("authlib") is None:
        return Problem(
            SECTION, "", "needs the package Authlib", "Install gpt-or-llama-planner[auth]."
        )
    if not _providers():
        return Problem(
            SECTION, "", "names no client_id", "Give client_id, client_secret, server_metadata_url."
        )
    return None


def _providers() -> list[str | None]:
    """Names of the providers; None stands for the one without a name."""
    section = _section()
    named = [key for key, value in section.items() if isinstance(value, Mapping) and value]
    alone: list[str | None] = [None] if "client_id" in section else []
    return [*alone, *(name for name in named if "client_id" in section[name])]


def _section() -> Mapping[str, Any]:
    section = st.secrets.get(SECTION, {})
    return section if isinstance(section, Mapping) else {}
