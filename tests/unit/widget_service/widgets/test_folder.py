"""Reading folders for hosting: limits on both sides of their edges, symlinks, names that lead elsewhere."""

import os

import pytest

from unit.widget_service.widgets.extensions import write_repository
from widget_service.widgets.hosting.folder import (
    MAX_FILE_BYTES,
    MAX_FILES,
    MAX_FOLDER_BYTES,
    find_file,
    find_folder,
    read_file,
    read_folder,
)


def codes(folder):
    return [finding.code for finding in folder.findings]


def test_a_folder_is_read_with_its_structure_in_a_steady_order(tmp_path):
    write_repository(tmp_path, {"b.js": "b", "a.html": "a", "sub/deep/c.png": b"\x89", "é.css": "", "sub/a.js": "x"})
    folder = read_folder(tmp_path)
    assert folder.files == {"a.html": b"a", "b.js": b"b", "é.css": b"", "sub/a.js": b"x", "sub/deep/c.png": b"\x89"}
    assert folder.findings == []


@pytest.mark.parametrize(("count", "found"), [(MAX_FILES, []), (MAX_FILES + 1, ["MAX_FILES_EXCEEDED"])])
def test_the_number_of_files_is_limited(tmp_path, count, found):
    write_repository(tmp_path, {f"{number}.js": "" for number in range(count)})
    assert codes(read_folder(tmp_path)) == found


@pytest.mark.parametrize(("size", "found"), [(MAX_FILE_BYTES, []), (MAX_FILE_BYTES + 1, ["MAX_SIZE_EXCEEDED"])])
def test_the_size_of_a_file_is_limited(tmp_path, size, found):
    write_repository(tmp_path, {"sub/large.bin": b"x" * size})
    folder = read_folder(tmp_path)
    assert codes(folder) == found
    assert all("sub/large.bin" in finding.message and "2 MB" in finding.message for finding in folder.findings)


@pytest.mark.parametrize(("more", "found"), [(0, []), (1, ["MAX_SIZE_EXCEEDED"])])
def test_the_size_of_a_folder_is_limited(tmp_path, more, found):
    whole, rest = divmod(MAX_FOLDER_BYTES, MAX_FILE_BYTES)
    assert rest == 0
    write_repository(tmp_path, {f"{number}.bin": b"x" * MAX_FILE_BYTES for number in range(whole)} | {"z": b"x" * more})
    folder = read_folder(tmp_path)
    assert codes(folder) == found
    assert all("10 MB" in finding.message for finding in folder.findings)


def test_symlinks_and_hidden_names_are_skipped(tmp_path):
    outside = write_repository(tmp_path / "outside", {"secret.txt": "s3cret", "folder/secret.txt": "s3cret"})
    repo = write_repository(tmp_path / "repo", {"a.js": "a", ".env": "s3cret", ".git/config": "s3cret"})
    (repo / "link.txt").symlink_to(outside / "secret.txt")
    (repo / "folder").symlink_to(outside / "folder")
    (repo / "dangling").symlink_to(outside / "nobody")
    assert read_folder(repo).files == {"a.js": b"a"}


def test_what_is_no_regular_file_is_not_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert read_file(tmp_path / "pipe") is None
    assert read_file(tmp_path) is None
    assert read_file(tmp_path / "nobody") is None


@pytest.mark.parametrize(
    ("path", "is_found"),
    [
        ("widgets/a.js", True),
        ("./widgets//./a.js", True),
        ("widgets", False),
        ("widgets/b.js", False),
        ("widgets/../widgets/a.js", False),
        ("../repo/widgets/a.js", False),
        ("link/a.js", False),
        ("widgets/link.js", False),
        (".git/config", False),
        (".GIT/config", False),
        (".widget-service/dev.toml", False),
        ("widgets\\a.js", False),
        ("widgets/a.js\0", False),
        ("widgets/a.js/b", False),
        ("x" * 5000, False),
        ("", False),
    ],
)
def test_a_path_leads_to_a_file_of_the_repository_or_nowhere(tmp_path, path, is_found):
    repo = write_repository(
        tmp_path / "repo",
        {"widgets/a.js": "", ".git/config": "", ".GIT/config": "", ".widget-service/dev.toml": "", "widgets\\a.js": ""},
    )
    (repo / "link").symlink_to(repo / "widgets")
    (repo / "widgets" / "link.js").symlink_to(repo / "widgets" / "a.js")
    assert (find_file(repo, path) is not None) == is_found


@pytest.mark.parametrize(
    ("path", "is_found"),
    [("widgets", True), ("widgets/", True), (".", True), ("widgets/a.js", False), ("link", False), ("..", False)],
)
def test_a_path_leads_to_a_folder_of_the_repository_or_nowhere(tmp_path, path, is_found):
    repo = write_repository(tmp_path / "repo", {"widgets/a.js": ""})
    (repo / "link").symlink_to(repo / "widgets")
    assert (find_folder(repo, path) is not None) == is_found
