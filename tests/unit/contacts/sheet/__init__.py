"""Tests of the sheet around the rows: layouts, headers and columns as exports have them."""
