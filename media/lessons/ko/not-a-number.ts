// 강의: nan은 어디에서 올까요?
// 기울기에 nan이 하나 있으면 그다음 걸음이 모두 망가집니다. 태어난 곳은 반드시 있고, 호버가 그 줄을 알려 줍니다.
import torch from "torch"

// %% 무한한 기울기
// 제곱근은 0에서 똑바로 치솟습니다. 거기서 기울기는 무한대입니다.
const x = torch.tensor([0.0, 4.0], { requires_grad: true })
const root = torch.sqrt(x)
root.sum().backward()
print(x.grad)

// %% 무한대 곱하기 0
// 값은 0으로 멀쩡합니다. 그런데 되돌아오는 길에서 0 · ∞가 되고, 그것이 nan입니다.
const y = torch.tensor(0.0, { requires_grad: true })
const product = torch.sqrt(y) * 0
product.backward()
print(product, y.grad)

// %% 나중에 where()를 써도 소용없습니다
// 두 갈래를 다 계산하고, 되돌아올 때도 둘 다 묻습니다. 고르지 않은 쪽도 0 · ∞를 보냅니다.
const z = torch.tensor([0.0, 4.0], { requires_grad: true })
const chosen = torch.where(z > 0, torch.sqrt(z), torch.zeros(2))
chosen.sum().backward()
print(z.grad)

// %% 출력이 아니라 입력을 안전하게
// 위험한 수가 함수에 들어가기 전에 막아야 합니다.
const safe = torch.tensor([0.0, 4.0], { requires_grad: true })
const inside = torch.where(safe > 0, safe, torch.ones(2))
const mended = torch.where(safe > 0, torch.sqrt(inside), torch.zeros(2))
mended.sum().backward()
print(safe.grad)

// %% 이상 탐지(anomaly) 모드
// 태어난 곳을 PyTorch가 직접 찾을 수도 있습니다. detect_anomaly를 켜면 첫 nan에서 backward가 실패합니다.
try {
  torch.autograd.detect_anomaly(() => {
    const t = torch.tensor(0.0, { requires_grad: true })
    const bad = torch.sqrt(t) * 0
    bad.backward()
  })
} catch (fault) {
  print((fault as Error).message)
}

// %% 흔한 실수
// softmax와 log를 직접 쓰는 것입니다. float32에서 exp(100)은 무한대, ∞/∞는 nan, 반올림된 0의 log는 −∞입니다.
// log_softmax와 cross_entropy는 가장 큰 점수를 먼저 뺍니다. 수식은 같고 사고는 없습니다.
const scores = torch.tensor([100.0, 0.0])
print(torch.log(torch.exp(scores) / torch.exp(scores).sum()))
print(torch.log_softmax(scores, 0))
