// 강의: 0인 기울기.
// 기울기가 있는데도 아무 말을 하지 않을 수 있습니다. 그렇게 되는 세 가지 길과, 구별하는 법입니다.
import torch from "torch"

// %% 죽은 ReLU
// 0 아래에서 relu는 평평해서 아무것도 돌려보내지 않습니다. 입력이 모두 0 아래인 유닛은 다시는 배우지 못합니다.
const x = torch.tensor([-2.0, -0.5, 1.5], { requires_grad: true })
const y = torch.relu(x)
const out = y.sum()
out.backward()
//? d out / d x[0]
print(x.grad)

// %% 조금 새게 하면 살아 있습니다
// leaky_relu는 0 아래에서도 기울기가 조금 있습니다. 적게라도 지나갑니다.
const leaky = torch.tensor([-2.0, -0.5, 1.5], { requires_grad: true })
torch.nn.functional.leaky_relu(leaky, 0.1).sum().backward()
print(leaky.grad)

// %% 포화(saturation)
// 멀리 가면 sigmoid와 tanh는 거의 평평합니다. 20에서는 기울기가 이론으로는 있지만 float32에서는 사라집니다.
const wide = torch.tensor([0.0, 3.0, 20.0], { requires_grad: true })
torch.sigmoid(wide).sum().backward()
print(wide.grad)

// %% 0을 곱했습니다
// 0인 가중치, 마스크, 딴 곳을 보는 어텐션. 무엇이 들어오든 그 곱의 기울기는 0입니다.
const masked = torch.tensor([1.0, 2.0, 3.0], { requires_grad: true })
const mask = torch.tensor([1.0, 0.0, 1.0])
;(masked * mask).sum().backward()
print(masked.grad)

// %% 다 잘되어서 0
// 포물선의 가장 낮은 곳에서도 기울기는 0입니다. 찾던 자리에 왔다는 뜻이니 걱정할 일이 아닙니다.
const settled = torch.tensor(4.0, { requires_grad: true })
const loss = (settled - 4) ** 2
loss.backward()
print(settled.grad)

// %% 흔한 실수
// 가중치를 모두 0으로 두고 시작하는 것입니다. 숨은 유닛이 다 같은 계산을 하고, 첫 층에는 기울기가 아예 오지 않습니다.
// 되돌아오는 길에 둘째 층의 0이 곱해지기 때문입니다. 난수가 이 균형을 깹니다.
const first = torch.zeros(2, 3, { requires_grad: true })
const second = torch.zeros(3, 1, { requires_grad: true })
const result = torch.tanh(torch.ones(1, 2).matmul(first)).matmul(second).sum()
result.backward()
print(first.grad)
