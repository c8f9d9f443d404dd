"""What development mode keeps of a repository is not committed by accident; what is meant to be, can be."""

import subprocess

from widget_service.dev.state import make_state_dir

KEPT = ["recordings/plants/GET.json", "recordings/variables.json", "mocks/plants.json"]
SECRET = ["dev.toml", "master.key", "admin-password", "widget-service.db", "theme.json", ".gitignore"]


def test_git_is_offered_recordings_and_mocks_alone(tmp_path):
    make_state_dir(tmp_path)
    folder = tmp_path / ".widget-service"
    for name in (*KEPT, *SECRET[:-1]):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("{}")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    listing = ["git", "-C", str(tmp_path), "ls-files", "--others", "--exclude-standard"]
    listed = subprocess.run(listing, check=True, capture_output=True, text=True).stdout.split()
    assert sorted(listed) == sorted(f".widget-service/{name}" for name in KEPT)


def test_lines_of_the_developers_own_stay(tmp_path):
    file = tmp_path / ".widget-service" / ".gitignore"
    file.parent.mkdir()
    file.write_text("mine\n")
    make_state_dir(tmp_path)
    assert file.read_text() == "mine\n"
