"""What lies under deploy/ was never run by Docker or Kubernetes here: it is read by their schemas and held to the program."""

import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import jsonschema
import kubernetes_validate
import pytest
import yaml
from dockerfile_parse import DockerfileParser

from bot.secrets import _MAKERS
from bot.start import _children

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
COMPOSE = yaml.safe_load((DEPLOY / "compose.yml").read_text(encoding="utf-8"))
# Not ours: read by Caddy and compose, and by uvicorn.
_OTHERS = {"SITE", "FORWARDED_ALLOW_IPS"}


def documents():
    return [d for path in MANIFESTS for d in yaml.safe_load_all(path.read_text(encoding="utf-8")) if d["kind"] != "Kustomization"]


def pods():
    """{name: (pod, container)} of everything Kubernetes runs."""
    found = [d for d in documents() if d["kind"] in ("Deployment", "Job")]
    return {d["metadata"]["name"]: (d["spec"]["template"]["spec"], d["spec"]["template"]["spec"]["containers"][0]) for d in found}


def ours():
    """The services of compose that run our image."""
    return {name: service for name, service in COMPOSE["services"].items() if "AANSPRAAK_IMAGE" in service["image"]}


@pytest.mark.filterwarnings("ignore:The metaschema specified by:DeprecationWarning")  # kubernetes-validate's own schemas
def test_the_manifests_are_what_kubernetes_knows():
    """No misspelled field: the schema is of Kubernetes 1.28, strict."""
    for document in documents():
        kubernetes_validate.validate(document, "1.28", strict=True)
    spoiled = json.loads(json.dumps(next(d for d in documents() if d["kind"] == "Deployment")))
    spoiled["spec"]["replica"] = 2
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(spoiled, "1.28", strict=True)


def test_the_kustomization_names_every_manifest_but_the_migration():
    """Which must be over before the rest is changed."""
    named = yaml.safe_load((DEPLOY / "kubernetes" / "kustomization.yaml").read_text(encoding="utf-8"))["resources"]
    assert {*named, "kustomization.yaml", "migrate.yaml"} == {path.name for path in MANIFESTS}


def test_the_compose_file_follows_the_specification():
    """Its schema of October 2026, from the package check-jsonschema."""
    schema = json.loads((Path(__file__).parent / "compose-spec.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    assert [error.message for error in validator.iter_errors(COMPOSE)] == []
    assert list(validator.iter_errors({**COMPOSE, "service": {}})) != []


def test_hadolint_finds_nothing_in_the_dockerfile():
    """Hadolint's own program, from its wheel."""
    command = [str(Path(sys.executable).with_name("hadolint")), str(DEPLOY / "Dockerfile")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def _copied():
    """What the first stage takes from the checkout."""
    steps = [s for s in DockerfileParser(str(DEPLOY / "Dockerfile")).structure if s["instruction"] == "COPY"]
    return {source for step in steps if "--from" not in step["value"] for source in shlex.split(step["value"])[:-1]}


def test_the_image_holds_what_the_program_reads_and_nothing_else():
    """The list of what Docker may see is the list of what it copies."""
    lines = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").split()
    assert {line[1:] for line in lines if line.startswith("!")} == _copied()
    assert lines[0] == "*"
    assert all((ROOT / source).exists() for source in _copied())
    packaged = re.search(r"packages = \[(.*)\]", (ROOT / "pyproject.toml").read_text(encoding="utf-8"))[1]
    assert set(re.findall(r'"(\w+)"', packaged)) <= _copied()


def test_the_web_process_of_the_image_is_that_of_run(settings):
    """But for its address."""
    value = next(s["value"] for s in DockerfileParser(str(DEPLOY / "Dockerfile")).structure if s["instruction"] == "CMD")
    settings.LISTEN, settings.PORT = "0.0.0.0", 8000
    assert ["-m", *json.loads(value.replace("\\\n", ""))] == _children(settings)[0].command[1:]


def _modules(command):
    return [command[2]] if command[:2] == ["python", "-m"] else []


def test_every_process_of_run_is_there_and_starts_what_exists(settings):
    """In both files, with the command of the supervisor."""
    wanted = {child.name: ["python", *child.command[1:]] for child in _children(settings) if child.name != "web"}
    for commands in (
        {name: service.get("command") for name, service in ours().items()},
        {name: container.get("command") for name, (_, container) in pods().items()},
    ):
        assert commands.pop("migrate") == ["aanspraak", "database", "migrate"]
        assert commands.pop("web") is None
        assert commands == wanted
        assert all(importlib.util.find_spec(module) for command in commands.values() for module in _modules(command))


def test_only_settings_that_exist_are_given():
    """A misspelled one would be ignored."""
    known = set(re.findall(r'"([A-Z][A-Z_]+)"', (ROOT / "bot" / "settings.py").read_text(encoding="utf-8")))
    given = set(re.findall(r"^([A-Z_]+)=", (DEPLOY / "aanspraak.env.example").read_text(encoding="utf-8"), re.MULTILINE))
    for service in ours().values():
        given |= set(service["environment"])
    given |= {key for d in documents() if d["kind"] == "ConfigMap" for key in d["data"]}
    given |= {entry["name"] for _, container in pods().values() for entry in container.get("env", [])}
    assert given - known - _OTHERS == set()
    assert len(given) > 12


def test_addresses_lead_to_services_that_listen_there():
    """RASA_URL and ACTIONS_URL, in both files; the database is reached as secrets.sh writes it."""
    config = next(d["data"] for d in documents() if d["kind"] == "ConfigMap")
    services = {d["metadata"]["name"]: d["spec"]["ports"][0]["port"] for d in documents() if d["kind"] == "Service"}
    for name in ("rasa", "actions"):
        url = f"http://{name}:{services[name]}"
        assert config[f"{name.upper()}_URL"] == url
        assert ours()["web"]["environment"][f"{name.upper()}_URL"] == url
        port = {entry["name"]: entry["value"] for entry in pods()[name][1]["env"]}[f"{name.upper()}_PORT"]
        assert str(services[name]) == port == ours()[name]["environment"][f"{name.upper()}_PORT"]
    assert "db" in COMPOSE["services"]


def test_no_container_is_root_or_writes_into_its_image():
    """Nor does one hold the owner's password but the migration's."""
    for name, (pod, container) in pods().items():
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"]
        secret = next(v["secret"]["secretName"] for v in pod["volumes"] if "secret" in v)
        assert secret == ("aanspraak-owner" if name == "migrate" else "aanspraak-run")
    for name, service in ours().items():
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
        assert service["volumes"] == [f"./secrets/{'owner' if name == 'migrate' else 'run'}:/var/aanspraak/secrets:ro"]
    assert DockerfileParser(str(DEPLOY / "Dockerfile")).structure[-2]["value"] == "10001:10001"


def test_neither_the_database_nor_rasa_can_be_reached_from_outside():
    """Only Caddy and the ingress are."""
    assert [name for name, service in COMPOSE["services"].items() if "ports" in service] == ["proxy"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    for name in ("db", "rasa", "actions"):
        assert COMPOSE["services"][name]["networks"] == ["inside"]
    assert {d["spec"].get("type", "ClusterIP") for d in documents() if d["kind"] == "Service"} == {"ClusterIP"}
    policies = {d["metadata"]["name"]: d["spec"] for d in documents() if d["kind"] == "NetworkPolicy"}
    assert policies["nobody"] == {"podSelector": {}, "policyTypes": ["Ingress"]}


def test_the_script_makes_the_secrets_once(tmp_path):
    """Each where its containers look; a second call changes nothing, and what an interrupted one left empty is made."""
    for name in ("bot", ".venv"):
        (tmp_path / name).symlink_to(ROOT / name)
    for name in ("run/FIELD_KEYS", "owner/DATABASE_URL"):
        (tmp_path / "deploy" / "secrets" / name).parent.mkdir(parents=True)
        (tmp_path / "deploy" / "secrets" / name).touch()
    (tmp_path / "deploy" / "secrets.sh").write_text((DEPLOY / "secrets.sh").read_text(encoding="utf-8"))
    made = tmp_path / "deploy" / "secrets"

    def run():
        subprocess.run(["sh", str(tmp_path / "deploy" / "secrets.sh"), "db.example"], check=True, capture_output=True)
        return {str(path.relative_to(made)): path.read_text() for path in made.rglob("*") if path.is_file()}

    first = run()
    assert run() == first
    assert all(value.strip() for value in first.values())
    assert {name.split("/")[0] for name in first} == {"run", "owner", "postgres"}
    assert first["run/DATABASE_URL"].startswith("postgresql://aanspraak_run:")
    assert first["owner/DATABASE_OWNER_URL"].strip().endswith("@db.example:5432/aanspraak")
    assert first["owner/DATABASE_URL"] == first["run/DATABASE_URL"]
    wanted = {name for name in _MAKERS if not name.startswith(("DATABASE_", "DEMO_"))}
    assert {name[4:] for name in first if name.startswith("run/")} == {*wanted, "DATABASE_URL"}
    assert {name for name in first if name.startswith("postgres/")} == {
        f"postgres/{n}_PASSWORD" for n in ("ADMIN", "OWNER", "RUN")
    }
    assert oct(os.stat(made).st_mode & 0o777) == "0o700"
