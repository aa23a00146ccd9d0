"""What the Python module promises; run.py puts it on the path."""
import gc
import os
import random
import sys
import threading
import time
import unittest
import weakref

import numpy as np
import tensorlogic as tl

try:
    import torch
except ImportError:
    torch = None
try:
    import IPython
except ImportError:
    IPython = None
try:
    import ipykernel
    import jupyter_client
    import nbclient
    import nbformat
except ImportError:
    nbclient = None


def peak():
    """The most memory that this process had, in bytes."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) << 10 for line in status if line.startswith("VmHWM:"))


def peak_after_reset():
    with open("/proc/self/clear_refs", "w") as reset:
        reset.write("5")
    return peak()


class Arrays(unittest.TestCase):
    def test_one_line(self):
        w, x = np.random.rand(3, 4).astype(np.float32), np.random.rand(4).astype(np.float32)
        y = tl.run("Y[i] = W[i,j] X[j]", W=w, X=x)
        np.testing.assert_allclose(y.numpy(), w @ x, rtol=1e-5)
        self.assertEqual((y.dtype, y.shape), ("float32", (3,)))

    def test_types_and_strides(self):
        for dtype in (np.bool_, np.int8, np.int32, np.int64, np.float16, np.float32, np.float64):
            a = (np.arange(24).reshape(4, 6) % 7).astype(dtype)
            for view in (a, a.T, a[::2, ::-1], a[1:, 2:5]):
                got = tl.run("X[i,j]?", X=view).numpy()
                np.testing.assert_array_equal(got, view)
                # Reals that nothing declares have the session's type.
                self.assertEqual(got.dtype, np.float32 if np.issubdtype(dtype, np.floating) else view.dtype)

    def test_answers_are_tls_memory(self):
        y = tl.run("Y[i] = 2 X[i]", X=np.arange(5.0))
        self.assertEqual(y.numpy().ctypes.data, y.data_ptr)
        self.assertEqual(np.asarray(y).ctypes.data, y.data_ptr)
        self.assertEqual(np.from_dlpack(y).ctypes.data, y.data_ptr)
        self.assertFalse(y.numpy().flags.writeable)
        array = y.numpy()
        del y
        gc.collect()
        np.testing.assert_array_equal(array, 2 * np.arange(5.0))

    def test_arrays_are_read_where_they_lie(self):
        x = np.arange(3, dtype=np.float32)
        session = tl.Session("Y[i] = 2 X[i]")
        session["X"] = x
        first = session["Y"].numpy()
        x[0] = 10
        np.testing.assert_array_equal(session["Y"].numpy(), [20, 2, 4])
        np.testing.assert_array_equal(first, [0, 2, 4])
        kept = session["X"].numpy()  # an answer of its own
        x[0] = 5
        np.testing.assert_array_equal(kept, [10, 1, 2])

    def test_large_arrays_are_not_copied(self):
        class Lent:  # nothing but DLPack
            def __init__(self, array):
                self.array = array

            def __dlpack__(self):
                return self.array.__dlpack__()

            def __dlpack_device__(self):
                return (1, 0)

        x = np.ones((50000, 1000), dtype=np.float32)  # 200 MB
        for lend in (lambda array: array, memoryview, Lent):
            session = tl.Session("Y[i] = sum[j](X[i,j])\nAll = sum[i](Y[i])", max_memory=8 << 20)
            session["X"] = lend(x)
            before = peak_after_reset()
            self.assertEqual(session["All"].numpy(), 50_000_000)
            x[0, 0] = 9
            self.assertEqual(session["All"].numpy(), 50_000_008)
            x[0, 0] = 1
            self.assertLess(peak() - before, 150 << 20)
            session["X"] = x.reshape(1000, 50000).T  # columns one after the other: a copy, for which there is no room
            with self.assertRaises(tl.Error) as raised:
                session["All"]
            self.assertEqual(raised.exception.kind, "limit")

    def test_owners_live_as_long_as_they_are_bound(self):
        class Array(np.ndarray):
            pass

        x = np.arange(3.0).view(Array)
        watch = weakref.ref(x)
        session = tl.Session("Y[i] = 2 X[i]")
        session.bind("X", x)
        del x
        gc.collect()
        self.assertIsNotNone(watch())
        session["Y"]
        session.unbind("X")
        gc.collect()
        self.assertIsNone(watch())

    def test_absent_and_half(self):
        m = tl.run("M[i] max= X[j], i < 3, Edge(i, j)\nM?", X=np.arange(3.0), Edge=[(0, 1), (2, 2)]).numpy()
        self.assertEqual(list(m.mask), [False, True, False])
        b = tl.run("tensor B[i: 3]: bf16\nB[i] = X[i]\nB?", X=np.array([1.0, 1.5, -2.0], np.float32))
        self.assertEqual(b.dtype, "bfloat16")
        np.testing.assert_array_equal(b.numpy(), [1.0, 1.5, -2.0])

    def test_wrong_arrays(self):
        session = tl.Session("Y[i] = 2 X[i]")
        for wrong in (np.zeros(3, np.uint16), np.zeros(3, np.complex64), np.array(["a"]), np.zeros(3, ">f4")):
            with self.assertRaises(TypeError):
                session.bind("X", wrong)
        with self.assertRaises(tl.Error):
            tl.run("Y[i] = W[i,j] X[j]", W=np.zeros((2, 3)), X=np.zeros(4))

    @unittest.skipUnless(torch, "torch is not installed")
    def test_torch(self):
        x = torch.arange(6, dtype=torch.float32).reshape(2, 3).t()
        y = tl.run("Y[i,j] = 2 X[i,j]", X=x)
        self.assertEqual(y.torch().data_ptr(), y.data_ptr)
        self.assertTrue(torch.equal(y.torch(), 2 * x))
        b = tl.run("tensor X[i: 2]: bf16\nX?", X=torch.tensor([1.0, 2.5], dtype=torch.bfloat16))
        self.assertEqual(b.torch().dtype, torch.bfloat16)
        session = tl.Session("Y[i] = 2 X[i]")
        session["X"] = z = torch.tensor([1.0, 2.0])
        session["Y"]
        z[0] = 7
        self.assertEqual(session["Y"].torch()[0].item(), 14)


class Programs(unittest.TestCase):
    def test_facts(self):
        session = tl.Session("Path(x, y) <- Edge(x, y)\nPath(x, z) <- Path(x, y), Edge(y, z)")
        session["Edge"] = [("A", "B"), ("B", "C")]
        self.assertEqual(session.query("Path(A, x)").rows, [("B",), ("C",)])
        self.assertIn(("A", "C"), session["Path(x, y)"])
        self.assertIs(session["Path(A, C)"], True)
        session.retract_facts("Edge", [("B", "C")])
        self.assertIs(session["Path(A, C)"], False)
        self.assertEqual(tl.run("Old(n, a) <- Age(n, a), a > 30\nOld(n, a)?", Age={("Ann", 31), ("Bob", 29)}).rows, [("Ann", 31)])
        with self.assertRaises(TypeError):
            session.add_facts("Age", [("Ann", 1), (2, 3)])
        with self.assertRaises(ValueError):
            session.add_facts("Age", [("Ann", 1), ("Bob",)])

    def test_answers(self):
        answers = tl.run("Y = X[i] X[i]\nZ[i] = X[i] + 1\nY?\nZ?", X=np.arange(3.0))
        self.assertEqual(list(answers), ["Y", "Z"])
        self.assertEqual(float(answers["Y"]), 5.0)
        self.assertEqual(set(tl.run("Y = X[i] X[i]\nZ[i] = X[i] + 1", X=np.arange(3.0))), {"Y", "Z"})

    def test_library(self):
        q = np.random.rand(4, 8).astype(np.float32)
        y = tl.run("import std.attention\nY[p,e] = attend(Q[p,k], Q[q,k], Q[q,e]; causal = 0)\nY?", Q=q).numpy()
        s = np.exp(q @ q.T / np.sqrt(8))
        np.testing.assert_allclose(y, (s / s.sum(1, keepdims=True)) @ q, rtol=1e-4)

    def test_errors_are_data(self):
        with self.assertRaises(tl.Error) as caught:
            tl.run("Y[i] = rleu(X[i])", X=np.zeros(2))
        error = caught.exception
        self.assertEqual(error.kind, "program")
        self.assertEqual(error.diagnostics[0].id, "UnknownFunction")
        self.assertEqual(error.diagnostics[0].fix.replacement, "relu")
        self.assertEqual(error.diagnostics[0].range.begin.column, 8)
        self.assertIn("rleu", str(error))

    def test_only_what_changed_is_computed(self):
        session = tl.Session("A[i] = 2 X[i]\nB[i] = 3 Z[i]\nC[i] = A[i] + B[i]")
        session["X"], session["Z"] = np.arange(3.0), np.arange(3.0)
        session["C"]
        session["Z"] = np.ones(3)
        session["C"]
        self.assertEqual((sorted(session.computed), session.reused), (["B", "C"], ["A"]))

    def test_seed(self):
        draw = lambda seed: tl.run("U[i] = uniform(), i < 4", options={"seed": seed}).numpy().tolist()
        self.assertEqual(draw(1), draw(1))
        self.assertNotEqual(draw(1), draw(2))

    def test_limits_and_cancel(self):
        endless = "Y = sum[i,j,k]((i j k) % 7), i < 9000, j < 9000, k < 9000"
        with self.assertRaises(tl.Error) as caught:
            tl.run(endless, options={"timeout": 0.3})
        self.assertEqual(caught.exception.kind, "limit")
        session = tl.Session(endless)
        stop = threading.Timer(0.3, session.cancel)
        stop.start()
        with self.assertRaises(tl.Error) as caught:
            session["Y"]
        self.assertEqual(caught.exception.kind, "interrupted")


class Functions(unittest.TestCase):
    def test_functions_are_called_by_name(self):
        y = tl.run("Y[i] = twist(X[i], 2)", X=np.arange(4.0), twist=lambda a, b: a * a + b).numpy()
        np.testing.assert_array_equal(y, np.arange(4.0) ** 2 + 2)
        session = tl.Session(backend="reference")
        session["f"] = lambda: 42.0
        session.add("Y = f()")
        self.assertEqual(float(session["Y"]), 42)

    def test_another_function_counts(self):
        session = tl.Session()
        session["f"] = lambda a: a + 1
        session.add("Y[i] = f(X[i])")
        session["X"] = np.zeros(2)
        self.assertEqual(session["Y"].numpy().tolist(), [1, 1])
        session["f"] = lambda a: a + 2
        self.assertEqual(session["Y"].numpy().tolist(), [2, 2])

    def test_errors_come_through(self):
        session = tl.Session()
        session["f"] = lambda a: 1 / a
        session.add("Y[i] = f(X[i])")
        session["X"] = np.array([1.0, 0.0])
        with self.assertRaises(ZeroDivisionError):
            session["Y"]
        session["X"] = np.array([1.0, 2.0])
        self.assertEqual(session["Y"].numpy().tolist(), [1, 0.5])
        session["g"] = lambda a: "no number"
        session.add("Z = g(1)", "z")
        with self.assertRaises(RuntimeError):
            session["Z"]

    def test_wrong_functions(self):
        session = tl.Session()
        for name in ("Upper", "re lu", "", "relu", 'x" f(x)\nextern "libc.so.6:abort'):
            with self.assertRaises(tl.Error):
                session.attach(name, lambda a: a)
        with self.assertRaises(TypeError):
            session.attach("f", lambda *many: 0)
        with self.assertRaises(tl.Error):
            session.attach("f", lambda a: 0, 7)
        with self.assertRaises(tl.Error):
            tl.run('extern "(host):1234" f(x)\nY = f(1)\nY?')  # an address is not the program's to give


class Tables(unittest.TestCase):
    def test_text_and_html(self):
        relation = tl.run('P(x, y)?', P=[("Ann", "<b>"), ("Bob", "Cid")])
        self.assertIn("&lt;b&gt;", relation._repr_html_())
        self.assertIn("2 rows", repr(relation))
        tensor = tl.run("Y[row,column] = row * column, row < 100, column < 50\nY?")
        for shown in (tensor._repr_html_(), repr(tensor)):
            self.assertIn("…", shown)
            self.assertIn("int64[", shown)
            self.assertIn("max 4851", shown)
        self.assertLess(len(tensor._repr_html_()), 10000)
        for text in ("Y = 1\nY?", "Y[i] = i, i < 0\nY?", "Y[i,j,k] = i + j + k, i < 2, j < 2, k < 2\nY?", "M[i] max= X[j], Edge(i, j)\nM?"):
            value = tl.run(text, X=np.arange(3.0), Edge=[(0, 1), (2, 2)])
            self.assertTrue(repr(value) and value._repr_html_())

    @unittest.skipUnless(IPython, "IPython is not installed")
    def test_magic(self):
        from IPython.core.interactiveshell import InteractiveShell
        from IPython.utils.capture import capture_output

        shell = InteractiveShell.instance()
        shell.run_line_magic("load_ext", "tensorlogic")
        shell.user_ns["X"] = np.arange(3.0)
        with capture_output() as shown:
            shell.run_cell_magic("tl", "rules", "Y[i] = 2 X[i]\nP(A, B)\nY?\nP(x, y)?\n")
        tables = [output.data["text/html"] for output in shown.outputs]
        self.assertEqual(len(tables), 2)
        self.assertIn("<td>4</td>", tables[0])
        self.assertIn("1 row", tables[1])
        with capture_output() as shown:
            shell.run_cell_magic("tl", "rules", "Y[i] = 3 X[i]\nY?\n")  # again: replaced
        self.assertIn("<td>6</td>", shown.outputs[0].data["text/html"])
        self.assertEqual(shell.run_line_magic("tl", "Y[2]").item(), 6)
        with capture_output() as shown:
            shell.run_cell_magic("tl", "wrong", "Z = rleu(1)\n")
        self.assertIn("rleu", shown.stdout)


@unittest.skipUnless(nbclient, "nbclient, nbformat and ipykernel are not all installed")
class Notebooks(unittest.TestCase):
    """The magic in a kernel of its own, as a notebook is run without a browser."""

    CELLS = [
        "import numpy as np\n%load_ext tensorlogic\nW = np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)\nX = np.array([1.0, -1.0], np.float32)\nEdge = [('A', 'B'), ('B', '<C>')]",
        "%%tl net\nY[row] = W[row,column] X[column]\nY?",
        "%%tl rules\nPath(x, y) <- Edge(x, y)\nPath(x, z) <- Path(x, y), Edge(y, z)\nPath(A, y)?",
        "X[0] = 5\ny = %tl Y\nprint(y.numpy().tolist(), y.numpy().ctypes.data == y.data_ptr)",
        "def twist(a):\n    return a * a + 1",
        "%%tl calls\nZ[row] = twist(Y[row])\nZ?",
        "%%tl net\nY[row] = 10 W[row,column] X[column]\nY?\nZ?",
        "%%tl wrong\nQ = rleu(1)",
        "paths = %tl Path(B, y)\nprint(paths.rows)",
    ]

    def run_cells(self, cells):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in cells])
        site = os.path.dirname(os.path.dirname(os.path.abspath(tl.__file__)))
        # The interpreter that runs the tests, whatever kernels are installed.
        manager = jupyter_client.AsyncKernelManager()
        manager._kernel_spec = jupyter_client.kernelspec.KernelSpec(argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"], display_name="tl", language="python")
        client = nbclient.NotebookClient(notebook, timeout=120, km=manager)
        client.execute(env={**os.environ, "PYTHONPATH": os.pathsep.join([site, os.environ.get("PYTHONPATH", "")])})
        return notebook

    def shown(self, cell, kind):
        """What a cell shows: its tables, or its text."""
        if kind == "stdout":
            return "".join(one["text"] for one in cell.outputs if one["output_type"] == "stream")
        return [one["data"]["text/html"] for one in cell.outputs if one["output_type"] == "display_data"]

    def test_cells_run_and_show_tables(self):
        cells = self.run_cells(self.CELLS).cells
        tables = [self.shown(cell, "tables") for cell in cells]
        self.assertEqual([len(found) for found in tables], [0, 1, 1, 0, 0, 1, 2, 0, 0])
        self.assertIn("<td>-1</td><td>-1</td>", tables[1][0])
        self.assertIn("2 rows", tables[2][0])
        self.assertIn("&lt;C&gt;", tables[2][0])
        self.assertEqual(self.shown(cells[3], "stdout").strip(), "[3.0, 11.0] True")
        self.assertIn("<td>10</td><td>122</td>", tables[5][0])
        self.assertIn("<td>30</td><td>110</td>", tables[6][0])
        self.assertIn("<td>901</td><td>12101</td>", tables[6][1])
        self.assertIn("rleu", self.shown(cells[7], "stdout"))
        self.assertEqual(self.shown(cells[8], "stdout").strip(), "[('<C>',)]")


class Many(unittest.TestCase):
    def test_sessions_in_threads(self):
        wrong = []

        def work(number):
            session = tl.Session("Y = X[i] X[i]", threads=1)
            for round_ in range(5):
                session["X"] = np.full(10, number, np.float64)
                if float(session["Y"]) != 10 * number * number:
                    wrong.append(number)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])

    def test_nothing_leaks(self):
        x = np.zeros(1000)
        before = sys.getrefcount(x)
        for _ in range(20):
            session = tl.Session("Y[i] = 2 X[i]")
            session["X"] = x
            session["Y"].numpy()
            np.from_dlpack(session["Y"])
            session["Y"].__dlpack__()  # a capsule that nobody takes
            del session
        gc.collect()
        self.assertEqual(sys.getrefcount(x), before)
