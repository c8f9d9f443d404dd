"""What the deployment files say of the service is true: settings, ports, paths, users and limits of time agree."""

import re
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from support.dockerfile import read_dockerfile
from widget_service.settings import ENV_PREFIX, Settings, load_settings, unknown_variables

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
MANIFESTS: dict[str, Any] = {
    document["kind"]: document
    for file in sorted((DEPLOY / "kubernetes/base").glob("*.yaml"))
    if file.name != "kustomization.yaml"
    for document in yaml.safe_load_all(file.read_text())
}
POD: dict[str, Any] = MANIFESTS["Deployment"]["spec"]["template"]["spec"]
CONTAINER: dict[str, Any] = POD["containers"][0]
IMAGE = read_dockerfile(ROOT / "Dockerfile")[-1]
SETTINGS = load_settings()
TEXTS = [*ROOT.glob("docs/how-to/deploy*.md"), ROOT / "Dockerfile", ROOT / "compose.yaml"]
TEXTS += [file for file in DEPLOY.rglob("*") if file.is_file() and file.suffix not in (".json", ".svg")]


@pytest.mark.parametrize("file", TEXTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_setting_that_is_named_exists(file):
    named = re.findall(rf"\b{ENV_PREFIX}([A-Z][A-Z0-9_]+)", file.read_text())
    assert not unknown_variables(dict.fromkeys(ENV_PREFIX + name for name in named)), file


@pytest.mark.parametrize("name", ["replica-1", "replica-2"])
def test_the_settings_of_replicas_are_accepted(name, monkeypatch, tmp_path):
    for variable, value in {**IMAGE.environment, **SERVICES[name]["environment"]}.items():
        if variable.startswith(ENV_PREFIX):
            monkeypatch.setenv(variable, re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value))
    url = tmp_path / "database_url"
    url.write_text("sqlite:////data/widget-service.db\n")
    monkeypatch.setenv("WIDGET_SERVICE_DATABASE_URL_FILE", str(url))
    settings = load_settings()
    assert settings.database_url.get_secret_value() == "sqlite:////data/widget-service.db"
    assert (settings.admin_port == 0) is (name == "replica-2")


def test_replicas_differ_in_what_admins_reach_alone():
    first, second = ({**SERVICES[name]} for name in ("replica-1", "replica-2"))
    assert first.pop("ports") == ["127.0.0.1:8401:8401"]
    for replica in (first, second):
        del replica["environment"], replica["volumes"]
    assert first == second


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_containers_can_do_no_more_than_they_need(service):
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert service["restart"] == "unless-stopped"


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_nothing_listens_to_other_machines_unasked(service):
    assert all(re.sub(r"\$\{\w+:-(.*?)\}", r"\1", port).startswith("127.0.0.1:") for port in service.get("ports", []))


def test_secrets_are_files_that_prepare_makes(tmp_path):
    subprocess.run(["sh", DEPLOY / "compose/prepare.sh", tmp_path / "secrets", str(tmp_path.stat().st_uid)], check=True)
    made = {file.name: file.read_text() for file in (tmp_path / "secrets").iterdir()}
    assert set(made) == set(COMPOSE["secrets"]) == {Path(each["file"]).name for each in COMPOSE["secrets"].values()}
    assert all(file.stat().st_mode & 0o777 == 0o400 for file in (tmp_path / "secrets").iterdir())
    assert made["database_password"] in made["database_url"]
    used = {secret for service in SERVICES.values() for secret in service.get("secrets", [])}
    assert used == set(made)
    again = subprocess.run(
        ["sh", DEPLOY / "compose/prepare.sh", tmp_path / "secrets", str(tmp_path.stat().st_uid)], check=False
    )
    assert again.returncode == 0
    assert made == {file.name: file.read_text() for file in (tmp_path / "secrets").iterdir()}


def test_no_secret_stands_in_a_file():
    for file in TEXTS:
        assert not re.search(r"(?i)(password|secret|key)\s*[:=]\s*['\"]?[A-Za-z0-9+/]{20,}", file.read_text()), file


@pytest.mark.parametrize("kind", MANIFESTS)
def test_manifests_are_what_kubernetes_takes(kind):
    kubernetes_validate.validate(MANIFESTS[kind], "1.37", strict=True)


def test_the_first_job_is_as_confined_as_the_service():
    job = yaml.safe_load((DEPLOY / "kubernetes/init.yaml").read_text())
    kubernetes_validate.validate(job, "1.37", strict=True)
    pod = job["spec"]["template"]["spec"]
    assert pod["securityContext"] == POD["securityContext"]
    for container in (*pod["initContainers"], *pod["containers"]):
        assert container["securityContext"] == CONTAINER["securityContext"]
    given = {each["name"]: each["value"] for each in CONTAINER["env"]}
    assert all(given[each["name"]] == each["value"] for each in pod["containers"][0]["env"])


def test_the_kustomization_lists_every_manifest():
    base = DEPLOY / "kubernetes/base"
    listed = yaml.safe_load((base / "kustomization.yaml").read_text())["resources"]
    assert sorted(listed) == sorted(file.name for file in base.glob("*.yaml") if file.name != "kustomization.yaml")


def test_everything_speaks_of_the_same_pods():
    labels = MANIFESTS["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert MANIFESTS["Deployment"]["spec"]["selector"]["matchLabels"] == labels
    assert MANIFESTS["Service"]["spec"]["selector"] == labels
    assert MANIFESTS["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == labels
    assert MANIFESTS["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"] == labels
    assert MANIFESTS["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]["name"] == "widget-service"


def test_the_names_of_secrets_are_those_of_the_example():
    example = yaml.safe_load((DEPLOY / "kubernetes/secret.example.yaml").read_text())
    kubernetes_validate.validate(example, "1.37", strict=True)
    paths = [each["value"] for each in CONTAINER["env"]] + POD["initContainers"][0]["command"]
    files = {Path(path).name for path in paths if path.startswith(("/secrets/", "/keys/"))}
    assert set(example["stringData"]) == files
    assert set(example["stringData"].values()) == {""}


def test_pods_run_as_the_user_of_the_image_and_can_do_no_more_than_they_need():
    user, group = (int(number) for number in IMAGE.last("USER").text.split(":"))
    security = POD["securityContext"]
    assert (security["runAsUser"], security["runAsGroup"], security["fsGroup"]) == (user, group, group)
    assert security["runAsNonRoot"] is True
    for container in (*POD["initContainers"], *POD["containers"]):
        confined = container["securityContext"]
        assert confined["readOnlyRootFilesystem"] is True
        assert confined["allowPrivilegeEscalation"] is False
        assert confined["capabilities"] == {"drop": ["ALL"]}


def test_whoever_is_stopped_has_the_time_to_end_what_runs():
    drained_s = SETTINGS.drain_delay_s + SETTINGS.drain_timeout_s + 10  # what the server itself adds
    assert int(SERVICES["replica-1"]["stop_grace_period"].removesuffix("s")) > drained_s
    waited_s = int(CONTAINER["lifecycle"]["preStop"]["exec"]["command"][1])
    assert POD["terminationGracePeriodSeconds"] > waited_s + drained_s
    unit = (DEPLOY / "systemd/widget-service.service").read_text()
    assert int(re.search(r"TimeoutStopSec=(\d+)", unit)[1]) > drained_s


def test_no_proxy_gives_up_before_the_service_does():
    longest_s = max(SETTINGS.execution_timeout_s, SETTINGS.caller_idle_timeout_s)
    haproxy = (DEPLOY / "haproxy/haproxy.cfg").read_text()
    nginx = (DEPLOY / "nginx/widget-service.conf").read_text()
    assert {int(number) for number in re.findall(r"timeout (?:client|server) (\d+)s", haproxy)} == {75}
    assert {int(number) for number in re.findall(r"proxy_(?:read|send)_timeout (\d+)s", nginx)} == {75}
    assert longest_s < 75
    assert int(re.search(r"client_max_body_size (\d+)m", nginx)[1]) * 1024**2 > SETTINGS.max_request_bytes


def test_ports_are_the_services_own():
    public, admin = Settings.model_fields["port"].default, Settings.model_fields["admin_port"].default
    assert IMAGE.last("EXPOSE").text == f"{public} {admin}"
    assert CONTAINER["ports"] == [{"name": "http", "containerPort": public}]
    assert {f"replica-{number}:{public}" for number in (1, 2)} == {
        SERVICES["balancer"]["environment"][f"REPLICA_{number}"] for number in (1, 2)
    }


def test_probes_ask_for_what_they_mean():
    paths = {probe: CONTAINER[probe]["httpGet"]["path"] for probe in ("livenessProbe", "readinessProbe")}
    assert paths == {"livenessProbe": "/healthz", "readinessProbe": "/readyz"}
    assert "GET uri /readyz" in re.sub(r"meth ", "", (DEPLOY / "haproxy/haproxy.cfg").read_text())


def test_only_what_the_dockerfile_copies_reaches_the_builder():
    admitted = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    copied = [each.arguments[0] for each in read_dockerfile(ROOT / "Dockerfile")[0].all("COPY")]
    assert sorted(admitted) == sorted(copied)
    assert "**/.widget-service" in (ROOT / ".dockerignore").read_text().splitlines()
