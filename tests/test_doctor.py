from pathlib import Path

from sslearn.doctor import examine


def named(name, **how):
    return next(f for f in examine(**how) if f.name == name)


def test_a_fresh_machine_is_told_how_to_get_mnist(tmp_path, monkeypatch):
    monkeypatch.setenv("SSLEARN_DATA", str(tmp_path / "none"))
    finding = named("data cache")
    assert finding.ok and "python -m sslearn fetch mnist" in finding.found
    assert not (tmp_path / "none").exists()


def test_an_altered_cache_is_not_called_mnist(tmp_path, monkeypatch):
    monkeypatch.setenv("SSLEARN_DATA", str(tmp_path))
    (tmp_path / "mnist.npz").write_bytes(b"nonsense")
    assert "no MNIST yet" in named("data cache").found


def test_a_folder_that_cannot_be_written_gets_advice(monkeypatch):
    finding = named("answers", home=Path("/proc/nowhere"))
    assert not finding.ok and "SSLEARN_HOME" in str(finding)


def test_every_finding_that_is_not_fine_has_advice():
    assert all(f.ok or f.advice for f in examine())
    assert {"Python", "torch", "widgets", "threads", "answers", "data cache"} <= {
        f.name for f in examine()
    }
