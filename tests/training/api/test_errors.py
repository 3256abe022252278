"""What a form refuses stands at the field of the request that holds it."""

from studio.http.problems import field_errors
from training.api.errors import as_problem
from training.runs.forms import FormInvalid


def test_settings_stand_under_settings_and_the_rest_where_it_is() -> None:
    refused = FormInvalid({"kind": "K.", "inputs.train": "T.", "checkpoint": "C.", "epochs": "E.", "draws.0.n": "N."})
    assert field_errors(as_problem(refused).detail) == [
        {"field": "kind", "message": "K."},
        {"field": "inputs.train", "message": "T."},
        {"field": "checkpoint", "message": "C."},
        {"field": "settings.epochs", "message": "E."},
        {"field": "settings.draws.0.n", "message": "N."},
    ]
