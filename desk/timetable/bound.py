"""What no timetable's penalty can be below: the linear relaxation of a formula.

CP-SAT itself proves little here, for many teachers are alike; the simplex of the same package
solves the relaxation within a second. Loaded by `desk.timetable.model` only.
"""

from math import ceil

from ortools.linear_solver import pywraplp
from ortools.sat.python import cp_model

FAR = 1e15  # beyond it, a side of a constraint is open
HAIR = 1e-3  # what the simplex may be off, in points


def least(model: cp_model.CpModel, seconds: float) -> int:
    """The least points a formula's penalty can have; 0 when that took longer than `seconds`.

    Choices are taken as if they could be made by halves, so the true least can be higher.
    """
    solver = pywraplp.Solver.CreateSolver("GLOP")
    variables = []
    for one in model.proto.variables:
        domain = list(one.domain)
        variables.append(solver.NumVar(domain[0], domain[-1], ""))

    def row(low: float, high: float, terms: list[tuple[int, int]]) -> None:
        weights: dict[int, int] = {}
        for index, weight in terms:
            if index < 0:  # the literal "not": 1 - x
                index, weight = -index - 1, -weight
                low, high = low + weight, high + weight
            weights[index] = weights.get(index, 0) + weight
        made = solver.Constraint(
            low if low > -FAR else -solver.infinity(), high if high < FAR else solver.infinity()
        )
        for index, weight in weights.items():
            made.SetCoefficient(variables[index], weight)

    for one in model.proto.constraints:
        if one.has_linear():
            domain = list(one.linear.domain)
            pairs = zip(one.linear.vars, one.linear.coeffs, strict=True)
            row(domain[0], domain[-1], list(pairs))
        elif one.has_exactly_one():
            row(1, 1, [(literal, 1) for literal in one.exactly_one.literals])
        elif one.has_bool_or():
            row(1, solver.infinity(), [(literal, 1) for literal in one.bool_or.literals])
        elif one.has_bool_and():
            for literal in one.bool_and.literals:
                row(0, solver.infinity(), [(literal, 1), (one.enforcement_literal[0], -1)])
    goal, objective = solver.Objective(), model.proto.objective
    goal.SetOffset(objective.offset)
    for index, weight in zip(objective.vars, objective.coeffs, strict=True):
        goal.SetCoefficient(variables[index], goal.GetCoefficient(variables[index]) + weight)
    goal.SetMinimization()
    solver.SetTimeLimit(max(1, int(1000 * seconds)))
    if solver.Solve() != pywraplp.Solver.OPTIMAL:
        return 0
    points: float = goal.Value()
    return max(0, ceil(points - HAIR))
