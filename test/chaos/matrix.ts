import { answerAt, faults, type Fault } from './faults.js';
import { pointsOf, sayPoint, type Point } from './points.js';
import { playScenario, type ScenarioResult } from './scenario.js';
import { ChaosWorld } from './world/chaos-world.js';
import { ledgerSteps } from './world/target.js';

export interface Cell {
  readonly point: Point;
  readonly fault: Fault;
}

/** Every point with every fault that can happen there. */
export function allCells(steps: readonly string[] = ledgerSteps, of: readonly Fault[] = faults): readonly Cell[] {
  return pointsOf(steps).flatMap((point) => of.filter((fault) => fault !== 'lose answer' || answerAt(point) !== undefined).map((fault) => ({ point, fault })));
}

/** Plays the cells in so many worlds side by side. A world whose scenario went wrong is closed and another one opened: what is left in it must not spoil the next. */
export async function playCells(program: string, cells: readonly Cell[], worlds: number, onResult: (result: ScenarioResult) => void): Promise<readonly ScenarioResult[]> {
  const left = [...cells];
  const results: ScenarioResult[] = [];
  const play = async (): Promise<void> => {
    let world: ChaosWorld | undefined;
    try {
      for (let cell = left.shift(); cell !== undefined; cell = left.shift()) {
        world ??= await ChaosWorld.open(program, 1);
        const [target] = world.targets;
        if (target === undefined) throw new Error('a world without a target');
        const result = await playScenario(world, target, cell.point, cell.fault);
        results.push(result);
        onResult(result);
        if (result.problems.length > 0) {
          await world.close();
          world = undefined;
        }
      }
    } finally {
      await world?.close();
    }
  };
  await Promise.all(Array.from({ length: worlds }, play));
  return results;
}

export function sayCell({ point, fault }: Cell): string {
  return `${fault} at: ${sayPoint(point)}`;
}
