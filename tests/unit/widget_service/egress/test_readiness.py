"""Sockets behind one descriptor: both ways of watching them tell the same."""

import select
import socket

import pytest

from widget_service.egress.readiness import READ, WRITE, EpollPoller, SelectorPoller, new_poller


@pytest.fixture(params=[EpollPoller, SelectorPoller])
def poller(request):
    poller = request.param()
    yield poller
    poller.close()


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def is_ready(poller):
    return bool(select.select([poller.fileno()], [], [], 0)[0])


def test_what_is_waited_for_is_told_and_nothing_else(poller, pair):
    ours, theirs = pair
    poller.watch(ours.fileno(), READ)
    assert (poller.ready(), is_ready(poller)) == ([], False)
    theirs.send(b"x")
    assert (poller.ready(), is_ready(poller)) == ([(ours.fileno(), READ)], True)
    poller.watch(ours.fileno(), READ | WRITE)
    assert poller.ready() == [(ours.fileno(), READ | WRITE)]
    poller.watch(ours.fileno(), WRITE)
    assert poller.ready() == [(ours.fileno(), WRITE)]
    poller.watch(ours.fileno(), 0)
    assert (poller.ready(), is_ready(poller)) == ([], False)
    poller.watch(ours.fileno(), READ)
    assert poller.ready() == [(ours.fileno(), READ)]


def test_the_end_of_a_connection_can_be_read(poller, pair):
    ours, theirs = pair
    poller.watch(ours.fileno(), READ)
    theirs.close()
    assert [(descriptor, mask & READ) for descriptor, mask in poller.ready()] == [(ours.fileno(), READ)]


def test_a_socket_that_is_closed_already_is_left_in_peace(poller):
    ours, theirs = socket.socketpair()
    descriptor = ours.fileno()
    poller.watch(descriptor, READ)
    ours.close()
    theirs.close()
    poller.watch(descriptor, 0)
    poller.watch(descriptor, 0)
    again, other = socket.socketpair()
    with again, other:
        poller.watch(again.fileno(), WRITE)
        assert poller.ready() == [(again.fileno(), WRITE)]


def test_a_socket_that_is_left_says_nothing_and_is_watched_again(poller, pair):
    ours, theirs = pair
    for _ in range(3):
        poller.watch(ours.fileno(), READ)
        poller.watch(ours.fileno(), 0)
    theirs.close()
    for _ in range(2):
        assert (poller.ready(), is_ready(poller)) == ([], False)
    poller.watch(ours.fileno(), READ)
    assert [descriptor for descriptor, _ in poller.ready()] == [ours.fileno()]


def test_another_socket_of_the_same_number_is_watched_too(poller):
    ours, theirs = socket.socketpair()
    descriptor = ours.fileno()
    poller.watch(descriptor, READ)
    poller.watch(descriptor, 0)
    ours.close()
    theirs.close()
    again, other = socket.socketpair()
    with again, other:
        other.send(b"x")
        assert again.fileno() == descriptor
        poller.watch(again.fileno(), READ)
        assert poller.ready() == [(again.fileno(), READ)]


def test_the_one_that_costs_least_is_taken():
    poller = new_poller()
    poller.close()
    assert isinstance(poller, EpollPoller if hasattr(select, "epoll") else SelectorPoller)
