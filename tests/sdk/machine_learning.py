def add(bench, group):
    pass
