// Dropout as modules: active in training mode only.
import { faults } from "../tensor/faults.ts"
import { F, moduleClass, type ModuleClass } from "./define.ts"
import { float, python } from "./pythonText.ts"

function dropping(name: string, operator: string): ModuleClass {
  return moduleClass<{ p: number; inplace: boolean }>(`${name}(p: number = 0.5, inplace: boolean = false)`, {
    make(self) {
      if (!(self.p >= 0 && self.p <= 1)) throw faults.value(`${name}: expected a chance from 0 to 1, found ${self.p}.`, "0.5 drops half of the elements.")
    },
    forward: (self, x) => F[operator]!(x, self.p, self.training, self.inplace),
    text: (self) => `p=${float(self.p)}, inplace=${python(self.inplace)}`,
  })
}

export const dropout: Readonly<Record<string, ModuleClass>> = {
  Dropout: dropping("Dropout", "dropout"),
  Dropout1d: dropping("Dropout1d", "dropout1d"),
  Dropout2d: dropping("Dropout2d", "dropout2d"),
  Dropout3d: dropping("Dropout3d", "dropout3d"),
  AlphaDropout: dropping("AlphaDropout", "alpha_dropout"),
  FeatureAlphaDropout: dropping("FeatureAlphaDropout", "feature_alpha_dropout"),
}
