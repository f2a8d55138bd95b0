"""No list of people is cut in silence."""

from models.report.cut import cut_words


def test_a_cut_list_says_so_and_names_the_way_to_the_rest() -> None:
    """The sentence counts who is kept back apart from who was only skipped."""
    kinds = ["ambiguous"] * 4 + ["skipped"] * 5764
    whole = "ringback status r_1 --rows 5768"
    assert cut_words(50, kinds, whole) == f"showing 50 of 5,768: 4 kept back, 5,764 skipped ({whole})"
    assert cut_words(1, ["ambiguous"] * 2, whole) == f"showing 1 of 2: 2 kept back ({whole})"


def test_a_whole_list_says_nothing() -> None:
    """Where everybody is shown there is nothing to add."""
    assert cut_words(3, ["skipped"] * 3, "x") == cut_words(0, [], "x") == ""
