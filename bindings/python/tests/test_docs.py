"""Docstrings and the manual run as they stand."""
import doctest
import importlib
import os
import pkgutil
import re

import pytest

import binnet

MODULES = ['binnet'] + ['binnet.' + m.name for m in pkgutil.iter_modules(binnet.__path__) if m.name != '_native']


@pytest.mark.parametrize('name', MODULES)
def test_docstrings(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0


def test_everything_public_has_a_docstring_or_says_it_by_its_name():
    for name in binnet.__all__:
        thing = getattr(binnet, name)
        if isinstance(thing, type):
            assert thing.__doc__, name


@pytest.mark.parametrize('name, least', [('docs/python.md', 30), ('docs/tutorial.md', 10), ('README.md', 5)])
def test_manual(name, least, monkeypatch):
    root = os.path.abspath(os.path.join(os.path.dirname(__file__), '../../..'))
    page = os.path.join(root, name)
    monkeypatch.chdir(root)
    with open(page, encoding='utf-8') as f:
        text = f.read()
    parts = re.findall(r'^((?:    .*\n|\n)+)', text, re.M)
    session = '\n'.join(p for p in parts if '>>>' in p)
    assert session.count('>>>') >= least
    test = doctest.DocTestParser().get_doctest(re.sub(r'^    ', '', session, flags=re.M), {}, name, page, 0)
    assert doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test).failed == 0
