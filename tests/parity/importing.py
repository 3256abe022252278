"""The published benches, imported into a studio as a lead would."""

from pathlib import Path

from annotation.interchange.imports import collection_named, import_file

FILES = {
    "mt_bench": [
        ("question.jsonl", "fastchat_questions"),
        ("reference_answer/gpt-4.jsonl", "fastchat_references"),
        ("model_answer/llama2_chat_7b.jsonl", "fastchat_answers"),
        ("model_answer/phi-3.jsonl", "fastchat_answers"),
        ("model_answer/phi-3-dpo.jsonl", "fastchat_answers"),
        ("model_judgment/llama2_chat_7b_gpt-4_single.jsonl", "fastchat_ratings"),
        ("model_judgment/phi3_gpt-4_pair.jsonl", "fastchat_pairs"),
    ],
    "vicuna_bench": [
        ("question.jsonl", "fastchat_questions"),
        ("answer_gpt35.jsonl", "fastchat_answers"),
        ("answer_vicuna-13b.jsonl", "fastchat_answers"),
        ("review_gpt35_vicuna-13b.jsonl", "vicuna_reviews"),
    ],
}


def bench(data: Path, name: str) -> None:
    """All its files into the collection `mt-bench` or `vicuna-bench`."""
    for file, format in FILES[name]:
        with (data / name / file).open("rb") as stream:
            report = import_file(stream, format, collection_named(name.replace("_", "-")))
        assert report.imported, report.faults
