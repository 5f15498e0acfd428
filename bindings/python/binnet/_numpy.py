"""numpy, imported when it is first needed: `import binnet` stays quick."""


class _Numpy:
    def __getattr__(self, name):
        import numpy
        value = getattr(numpy, name)
        setattr(self, name, value)
        return value


np = _Numpy()
