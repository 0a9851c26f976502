"""Why money was cut, in our own words: the reasons that payers give, each with its meaning and the next step."""

from __future__ import annotations

import pytest

from edigate.reconcile import reasons
from edigate.reconcile.reasons import CARC, RARC, Kind
from edigate.reconcile.remarks import ACTIONS

# Active codes of X12 139 that remittances of health plans hold; what isn't here was retired.
GIVEN = """
1 2 3 4 5 6 7 8 9 10 11 12 13 14 16 18 19 20 21 22 23 24 26 27 29 31 32 33 34 35 39 40 44 45 49 50 51 53 54 55 56 58 59
60 61 66 69 70 74 75 76 78 85 89 90 91 94 95 96 97 100 101 102 103 104 105 106 107 108 109 110 111 112 114 115 116 117
118 119 121 122 128 129 130 131 132 133 134 135 136 137 139 140 142 143 144 146 147 148 149 150 151 152 153 154 155 157
158 159 160 161 163 164 166 167 169 170 171 172 173 174 175 176 177 178 179 180 181 182 183 184 185 186 187 188 189 190
192 193 194 195 197 198 199 200 201 202 203 204 205 206 207 208 209 210 211 212 213 215 216 219 222 223 224 225 226 227
228 229 231 232 233 234 235 236 237 238 239 240 241 242 243 245 246 247 248 249 250 251 252 253 254 256 257 258 259 260
261 262 263 264 265 266 267 268 269 270 271 272 273 274 275 276 277 278 279 280 281 282 283 284 285 286 287 288 289 290
291 292 293 294 295 296 297 A0 A1 A6 A8 B1 B4 B7 B8 B9 B10 B11 B12 B13 B14 B15 B16 B20 B22 B23
""".split()


def test_every_reason_that_payers_give_has_words() -> None:
    assert [code for code in GIVEN if code not in CARC] == []
    assert reasons.words("CO", "9999") == "contractual (CO-9999)"


@pytest.mark.parametrize("code", [code for code, reason in CARC.items() if reason.kind is Kind.DENIAL])
def test_every_denial_says_what_is_usually_done(code: str) -> None:
    assert reasons.action(code).endswith(".")


def test_texts_are_short_and_say_one_thing() -> None:
    assert [code for code, reason in CARC.items() if len(reason.words) > 60 or reason.words.endswith(".")] == []
    assert [code for code, text in RARC.items() if len(text) > 60] == []
    assert set(ACTIONS) <= set(RARC)


def test_a_patients_share_is_the_patients_only_where_the_payer_says_so() -> None:
    assert reasons.kind_of("PR", "45") is Kind.PATIENT
    assert reasons.kind_of("CO", "1") is Kind.CONTRACT
    assert reasons.kind_of("CO", "9999") is Kind.DENIAL


def test_what_another_plan_must_pay_says_which() -> None:
    assert reasons.action("254") == "Bill the medical plan."  # the dental plan got it
    assert reasons.action("270") == "Bill the dental plan."  # the medical plan got it
