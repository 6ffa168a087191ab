// 강의: 놓아주지 않는 그래프.
// 계산 결과는 저마다 leaf(잎)까지 가는 길을 살려 둡니다. 한 바퀴에 하나씩 붙들고 있으면 메모리가 계속 늘어납니다.
import torch from "torch"

// %% 결과가 끌고 다니는 것
// 사슬의 한 걸음은 그 앞의 걸음을 기억하고, 그렇게 leaf까지 이어집니다.
let chain = torch.tensor(1.0, { requires_grad: true })
for (let i = 0; i < 3; i++) chain = chain * 2
print(chain.grad_fn.next_functions[0][0].next_functions[0][0])

// %% 올바른 루프
// 손실은 보통 수로 적어 둡니다. 한 바퀴에서 만든 것은 다음 바퀴가 시작되면 잊어도 됩니다.
torch.manual_seed(0)
const w = torch.randn(3, { requires_grad: true })
const history = []
for (let step = 0; step < 30; step++) {
  const loss = ((w - 1) ** 2).sum()
  loss.backward()
  torch.no_grad(() => w.sub_(0.1 * w.grad))
  w.grad = null
  history.push(loss.item())
}
print(history.length, history[0], history[29])

// %% 상태를 넘겨줄 때
// 순환하는 상태는 바퀴에서 바퀴로 넘어갑니다. 사이에 detach()를 두면 지난 일 모두가 아니라 이번 바퀴에서만 배웁니다.
let state = torch.zeros(2)
const u = torch.ones(2, { requires_grad: true })
for (let step = 0; step < 5; step++) {
  state = torch.tanh(state.detach() + u)
  const loss = state.sum()
  loss.backward()
}
print(u.grad)

// %% 얼마나 깊을까요?
// 첫 입력을 따라 내려가며 셉니다. 상태를 끊어 두면 한 바퀴의 깊이에서 더 늘지 않습니다.
function depth(tensor: torch.Tensor) {
  let node: typeof tensor.grad_fn | null = tensor.grad_fn
  let count = 0
  while (node !== null && count < 1000) {
    count += 1
    node = node.next_functions.length > 0 ? node.next_functions[0][0] : null
  }
  return count
}
print(depth(state))

// %% 흔한 실수
// 평균을 출력하려고 손실을 그대로 더하는 것입니다. total은 모든 바퀴의 그래프를 끝까지 붙들고 있습니다.
// 실행하면 그 줄에 표시가 생깁니다. total = total + loss.item()이면 수 하나만 남습니다.
let total = torch.tensor(0.0)
for (let step = 0; step < 30; step++) {
  const loss = ((w - 1) ** 2).sum()
  loss.backward({ retain_graph: true })
  w.grad = null
  total = total + loss
}
print(depth(total))
