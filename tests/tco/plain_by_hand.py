"""What the plain case costs beside its machines, by hand: the one place to renew these figures.

Ten million requests of 1,000 and 101 tokens, with the values of
`hardware_profiles/data/assumptions.csv`.
"""

API_PEOPLE_USD = 0.05 * 18_000
"""Engineers of the API [USD/month]."""
OWN_PEOPLE_USD = 0.2 * 18_000
"""Engineers of rented servers [USD/month]."""
ON_EVERY_BILL_USD = 0.0
"""What every alternative pays alike; nobody knows any of it [USD/month]."""
AROUND_API_USD = API_PEOPLE_USD + ON_EVERY_BILL_USD
"""Everything on an API's bill but tokens [USD/month]."""
PLATFORM_USD = 1_800
"""Software around rented servers [USD/month]."""
AROUND_RENTED_USD = PLATFORM_USD + OWN_PEOPLE_USD + ON_EVERY_BILL_USD
"""Everything on the bill of rented servers but machines and transfer [USD/month]."""
EGRESS_USD_PER_REQUEST = 101 * 5.56e-9 * 0.09
"""Transfer out of one answer [USD/request]."""
EGRESS_USD = 1e7 * EGRESS_USD_PER_REQUEST
"""Transfer out of all answers [USD/month]."""
TOKENS_USD = 10_000 * 2.5 + 1_010 * 15
"""Tokens of GPT-5.4: 40,150 [USD/month]."""
STAYING_USD = TOKENS_USD + AROUND_API_USD
"""The whole bill of GPT-5.4 [USD/month]."""
MOVE_RENTED_USD, MOVE_OWNED_USD = 40_000, 50_000
"""Moving to rented and to owned servers, once [USD]."""
SWITCH_USD, MOVE_API_USD = 4_500, 15_000
"""Moving to another model or provider of an API, and to another of both, once [USD]."""
