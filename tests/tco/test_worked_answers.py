from tests.tco.worked_answers import PAGE, page


def test_the_page_of_worked_answers_is_what_the_product_says():
    assert PAGE.read_text(encoding="utf-8") == page()
