"""A request's calls lie in one piece of memory, and are what they were otherwise."""

import pytest

from studio.http.call_stack import in_one_piece

PIECE_BYTES, WORD_BYTES = 16 * 1024, 8


def test_a_call_is_given_and_gives_back_what_it_would() -> None:
    assert in_one_piece(divmod, 7, 2) == (3, 1)
    assert in_one_piece(sorted, [1, 2], reverse=True) == [2, 1]
    with pytest.raises(ZeroDivisionError):
        in_one_piece(divmod, 7, 0)


def test_its_frame_is_larger_than_a_piece_and_so_gets_one_with_room() -> None:
    assert in_one_piece.__code__.co_stacksize * WORD_BYTES > PIECE_BYTES


def test_deeper_calls_than_the_room_holds_go_on_in_further_pieces() -> None:
    def down(steps: int) -> int:
        return down(steps - 1) + 1 if steps else 0

    assert in_one_piece(down, 900) == 900
