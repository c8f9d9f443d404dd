"""Which pushes are signed, by each kind of host, and which concern a branch."""

import hmac
from hashlib import sha256

import pytest

from widget_service.registry.git.pushes import HOOK_KINDS, concerns, is_signed, may_be_signed

BODY, SECRET = b'{"ref": "refs/heads/main"}', "s3cret"
DIGEST = hmac.new(SECRET.encode(), BODY, sha256).hexdigest()
HMACS = {"github", "bitbucket", "gitea"}


@pytest.mark.parametrize(
    ("headers", "taken_by"),
    [
        ({"x-hub-signature-256": f"sha256={DIGEST}"}, {"signed", "github"}),
        ({"x-hub-signature": f"sha256={DIGEST}"}, {"signed", "bitbucket"}),
        ({"x-gitea-signature": DIGEST}, {"signed", "gitea"}),
        ({"x-forgejo-signature": DIGEST}, {"signed", "gitea"}),
        ({"x-gogs-signature": DIGEST}, {"signed", "gitea"}),
        ({"x-gitlab-token": SECRET}, {"gitlab"}),
        ({"x-hub-signature-256": DIGEST}, set()),
        ({"x-hub-signature": "sha1=aa"}, set()),
        ({"x-gitea-signature": f"{DIGEST}0"}, set()),
        ({"x-gitea-signature": SECRET}, set()),
        ({"x-gitlab-token": DIGEST}, set()),
        ({"x-gitlab-token": ""}, set()),
        ({"x-gitlab-token": "gehéim\udcff"}, set()),
        ({}, set()),
    ],
)
def test_a_signature_is_taken_by_the_kinds_of_hosts_that_make_it(headers, taken_by):
    assert {kind for kind in HOOK_KINDS if is_signed(kind, headers, BODY, SECRET)} == taken_by
    assert all(may_be_signed(kind, headers) for kind in taken_by)


def test_a_signature_is_of_the_whole_body():
    assert not is_signed("github", {"x-hub-signature-256": f"sha256={DIGEST}"}, BODY + b" ", SECRET)


def test_a_push_that_does_not_say_another_branch_is_looked_at():
    assert concerns(BODY, "main")
    assert not concerns(BODY, "other")
    assert concerns(b"payload=%7B", "main")
    assert concerns(b"[" * 100_000, "main")
