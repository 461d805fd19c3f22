# Sourced by ./run and ./test: sets $UV to a uv that really runs, fetching it into .uv/ when the machine has none.
# (A pyenv shim may answer for uv and then fail, so it is tried, not only looked up.)
UV=uv
if ! "$UV" --version >/dev/null 2>&1; then
    UV="$PWD/.uv/bin/uv"
    if ! "$UV" --version >/dev/null 2>&1; then
        echo "Fetching uv (once) …"
        PYTHON=python3 # an activated environment may hold a Python without pip
        for python in python3 python /usr/bin/python3; do
            if "$python" -m pip --version >/dev/null 2>&1; then PYTHON="$python"; break; fi
        done
        if ! "$PYTHON" -m pip install --quiet --disable-pip-version-check --target .uv --upgrade uv 2>.uv-error; then
            cat .uv-error >&2; rm -f .uv-error
            echo "uv could not be fetched. Install it (https://docs.astral.sh/uv/) or a Python with pip, and start again." >&2
            exit 1
        fi
        rm -f .uv-error
    fi
fi
# With bytecode: a process that must compile Rasa's thousands of files at each start is ready half a minute later.
if ! "$UV" sync --locked --quiet --compile-bytecode; then
    echo "The environment could not be set up; the lines above say why. Is there a network, and room on the disk?" >&2
    exit 1
fi
