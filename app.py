from tco.ui.shell import run
run()
