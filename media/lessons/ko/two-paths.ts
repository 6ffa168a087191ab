// 강의: 변수 하나, 여러 갈래의 길.
// 실행한 뒤 그래프를 보세요. x에서 화살표 두 개가 나갑니다. 길마다 기울기를 하나씩 가져오고, 그것들이 더해집니다.
import torch from "torch"

// %% 두 번 쓰였습니다
// y * y는 왼쪽과 오른쪽에 y를 씁니다. 어느 쪽이든 기울기는 맞은편의 값인 3입니다.
const y = torch.tensor(3.0, { requires_grad: true })
const square = y * y
square.backward()
print(y.grad)

// %% 갈라졌다가 다시 만나는 길
// x는 a와 b를 거쳐 out에서 다시 만납니다. a를 지나는 기울기는 4, b를 지나는 기울기는 2x = 10입니다. 합치면?
const x = torch.tensor(5.0, { requires_grad: true })
const a = 4 * x
const b = x ** 2
const out = a + b
out.backward()
//? d out / d x
print(x.grad)

// %% 서로 지우는 길
// 한 길은 올라가라 하고, 다른 길은 내려가라 합니다. 기울기가 0이라고 아무것도 오지 않은 것은 아닙니다.
const z = torch.tensor(1.5, { requires_grad: true })
const nothing = z * 2 - z * 2
nothing.backward()
print(z.grad)

// %% 건너뛰는 연결(skip connection)
// 요즘 신경망의 절반은 x + f(x)라고 씁니다. f가 무엇을 하든 기울기 1인 길 하나는 늘 열려 있습니다.
const s = torch.tensor(-2.0, { requires_grad: true })
const blocked = torch.relu(s)
const skipped = s + torch.relu(s)
skipped.backward()
print(blocked, s.grad)

// %% 흔한 실수
// y * y의 3에서의 기울기를 3이라고 하는 것, 곧 두 길 가운데 하나만 세는 것입니다. 패널의 설명은 둘을 다 보여 줍니다: 3 + 3.
// 종이에 쓰는 y³ = y · y · y에서도 같은 일이 일어납니다. 9짜리 길이 세 갈래입니다.
const cube = torch.tensor(3.0, { requires_grad: true })
const third = cube * cube * cube
third.backward()
print(cube.grad)
